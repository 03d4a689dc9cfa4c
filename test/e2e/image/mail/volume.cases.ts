import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { mailTrees } from "../../../../constructs/mail/mail-server.ts";
import { waitFor } from "../../harness/wait-for.ts";
import type { MailPod } from "../../mail/mail-pod.ts";
import { type Now, secretAccounts } from "./running.ts";
import { domain } from "./world.ts";

/** The stack was applied long ago. */
const longAgo = { INFRA_FIRST_APPLY: "2026-01-01T00:00:00Z" };
const mark = ".infra-server";

/** Files of a volume by path. */
type Files = Readonly<Record<string, string>>;

const ours: Files = {
	[`data/${mark}`]: `${domain}\n`,
	[`data/${domain}/me/cur/1`]: "mail",
	[`state/${mark}`]: `${domain}\n`,
	"state/spool-postfix/deferred/1": "mail",
};
const without = (files: Files, part: string) =>
	Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith(part)));

/** What is on the volume when the pod starts, and what it says. */
const lost: Readonly<Record<string, readonly [Files, string]>> = {
	"is empty": [{}, "the volume is empty, and this server has run since 2026-01-01T00:00:00Z"],
	"is another server's": [
		{ ...ours, [`data/${mark}`]: "example.net\n" },
		`/var/mail is of the server of example.net, this one is of ${domain}`,
	],
	"has the mail, and no queue": [without(ours, "state"), "/var/mail-state is empty"],
	"has the queue, and no mail": [without(ours, "data"), "/var/mail is empty, and /var/mail-state is not"],
};

/** Volumes that are not the right one. */
export function theVolume(now: Now): void {
	describe("a pod whose volume", () => {
		let volumes = 0;
		const begin = (files: Files): MailPod => {
			const { harness } = now();
			const volume = join(harness.net.network.folder, `volume-${++volumes}`);
			for (const [path, text] of Object.entries(files)) {
				mkdirSync(dirname(join(volume, path)), { recursive: true });
				writeFileSync(join(volume, path), text);
			}
			return harness.beginPod(harness.net.workers[1], { files: secretAccounts, env: longAgo, volume });
		};

		test.for(Object.entries(lost))("%s takes no mail in, and says what to do", async ([, [files, why]]) => {
			const pod = begin(files);
			try {
				await waitFor("it says how it is taken", () => pod.output.includes("volume.sh accept\n"), {
					within: 60_000,
				});
				expect(pod.output).toContain(`start-mail: not started: ${why}`);
				expect(() => pod.run("/etc/mail-config/listening.sh", "25")).toThrow("nothing listens on 25");
				const words = /take it as it is: kubectl -n mailserver exec deploy\/mailserver -- (.*)/.exec(
					pod.output,
				);
				expect(pod.run(...(words?.[1]?.split(" ") ?? []))).toContain(`is that of ${domain} from now on`);
				// The image's own start.
				await waitFor("it goes on", () => /\bINFO\b/.test(pod.output), { within: 60_000 });
			} finally {
				await pod.kill();
			}
		});
	});
}

/** The marks of a volume are gone, as from before there were any. @returns whether they are there */
export function withoutMarks({ volume }: MailPod): () => boolean {
	const files = [mailTrees.mail, mailTrees.state].map(({ subPath }) => join(volume, subPath, mark));
	for (const file of files) rmSync(file);
	return () => files.every((file) => existsSync(file));
}
