import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * A `PATH` whose `date` gives the first two that ask for a name one and the same second.
 *
 * @param path what follows on it
 */
export function sameSecond(path = process.env.PATH ?? ""): string {
	const folder = mkdtempSync(join(tmpdir(), "infra-same-second-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	mkdirSync(join(folder, "bin"));
	writeFileSync(
		join(folder, "bin/date"),
		`#!/bin/sh
case "$*" in +*-%Y*)
	if mkdir ${folder}/first 2>/dev/null || mkdir ${folder}/second 2>/dev/null; then
		exec /bin/date -d "@$(stat -c %Y ${folder}/bin)" "$@"
	fi
	;;
esac
exec /bin/date "$@"
`,
		{ mode: 0o755 },
	);
	return [join(folder, "bin"), path].join(delimiter);
}
