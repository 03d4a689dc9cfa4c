import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findProgram } from "../../../lab/find-program.ts";
import { sops } from "./encrypted-project.ts";

/** A `PATH` with a `sops` of its own, and no other one, which can be made to fail midway. */
export function failingSops(folder: string) {
	const bin = join(folder, "bin");
	const [program, flag] = [join(bin, "sops"), join(bin, "fails")];
	mkdirSync(bin);
	// They may lie in one folder with a `sops`.
	for (const name of ["terraform", "tofu"]) {
		const found = findProgram(name);
		if (found !== undefined) symlinkSync(found, join(bin, name));
	}
	const others = (process.env.PATH ?? "").split(delimiter).filter((path) => !existsSync(join(path, "sops")));
	const mend = () => {
		rmSync(flag, { force: true });
		const fails = `[ "$1" = encrypt ] && [ -e ${flag} ]`;
		const script = `#!/bin/sh\nif ${fails}; then echo made up: no room >&2; exit 1; fi\nexec ${sops} "$@"\n`;
		writeFileSync(program, script, { mode: 0o755 });
	};
	mend();
	return {
		env: {
			PATH: [bin, ...others].join(delimiter),
			XDG_CACHE_HOME: join(folder, "no-cache"),
			INFRA_TEST_SOPS: program,
			INFRA_TEST_SOPS_FAILS: flag,
		},
		/** While it is there, nothing is encrypted. */
		flag,
		/** Commands that an apply can run, by what they do to it. */
		ends: { fails: ': >"$INFRA_TEST_SOPS_FAILS"', "is gone": 'rm "$INFRA_TEST_SOPS"' },
		mend,
	};
}
