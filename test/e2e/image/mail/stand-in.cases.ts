import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MailHarness } from "../../mail/mail-harness.ts";
import type { MailPod } from "../../mail/mail-pod.ts";
import { type Facts, subjects } from "./effective.ts";
import { type Now, secretAccounts } from "./running.ts";
import { type Difference, differences } from "./stand-in-differences.ts";
import { world } from "./world.ts";

/** What prints the version of the daemon that a subject is about. */
const versions: Readonly<Record<string, readonly string[]>> = {
	Postfix: ["postconf", "-h", "mail_version"],
	Dovecot: ["dovecot", "--version"],
	Rspamd: ["rspamadm", "--version"],
};

function compared(image: Facts, standIn: Facts): Record<string, Difference> {
	const names = [...new Set([...Object.keys(image), ...Object.keys(standIn)])].sort();
	return Object.fromEntries(
		names
			.filter((name) => image[name] !== standIn[name])
			.map((name) => [name, [image[name] ?? null, standIn[name] ?? null]]),
	);
}

/**
 * The stand-in of `test/e2e/mail` starts with the same site; whatever it has otherwise is listed with its reason.
 *
 * @param possible whether the image's pod was started
 */
export function theStandIn(now: Now, possible: boolean): void {
	describe("the stand-in for the image", () => {
		let harness: MailHarness | undefined;
		let pod: MailPod;
		beforeAll(async () => {
			if (!possible) return;
			harness = new MailHarness(world);
			pod = await harness.startPod(harness.net.workers[0], { files: secretAccounts });
		});
		afterAll(async () => {
			await pod?.kill();
			harness?.[Symbol.dispose]();
		});

		test.for(Object.keys(subjects))("has the same %s, but for what is listed", (subject, { skip }) => {
			const version = versions[subject];
			if (version !== undefined) {
				const [here, there] = [pod, now().pod].map((one) =>
					one
						.run(...version)
						.split(" ")[0]
						?.trim(),
				);
				skip(here !== there, `${subject} ${there} of the image is not installed: ${here} is`);
			}
			const read = subjects[subject] as (pod: MailPod) => Facts;
			const listed = differences[subject]?.map(({ differs }) => differs) ?? [];
			expect(compared(read(now().pod), read(pod))).toEqual(Object.assign({}, ...listed));
		});
	});
}
