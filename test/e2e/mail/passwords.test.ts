import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { needsRoot } from "../image/needs-root.ts";
import { logIn, send } from "./mail.ts";
import { info, MailHarness, me, password, podCommands, site } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

vi.setConfig({ testTimeout: 400_000 });

const stranger = "stranger@example.net";

describe.for(["stand-in", "image"] as const)("a mailbox whose password changes, on the %s:", async (kind) => {
	const onImage = kind === "image";
	const able = needs(...podCommands, "openssl", ...(onImage ? ["runc", "dnsmasq"] : []));
	const root = onImage ? await needsRoot(site.mail.image) : undefined;
	let harness: MailHarness;
	let pod: MailPod;

	beforeAll(async () => {
		if (!able || (onImage && root === undefined)) return;
		harness = new MailHarness(site, root);
		pod = await harness.startPod();
	}, 400_000);
	afterAll(async () => {
		if (harness === undefined) return;
		await pod?.kill();
		harness[Symbol.dispose]();
	});

	async function submission(user: string, secret: string) {
		const server = await harness.inside(pod, 587);
		return { server, reply: await logIn(server, { implicit: false, user, password: secret }) };
	}

	/** Whether IMAP and submission take a password; both or none. */
	async function opens(user: string, secret: string): Promise<boolean> {
		const reader = await (await harness.inside(pod, 993)).secure();
		const read = /a OK/.test(await reader.imap(`LOGIN ${user} ${secret}`));
		reader.close();
		const { server, reply } = await submission(user, secret);
		server.close();
		expect(reply.startsWith("235")).toBe(read);
		return read;
	}

	test("the new one opens it, the old one does not, and what waited in the queue leaves", async () => {
		const { server } = await submission(me, password);
		// The relay is not there: the mail waits.
		const header = [
			"Subject: waits",
			`Date: ${new Date().toUTCString()}`,
			"Message-ID: <waits@example.net>",
			"MIME-Version: 1.0",
			"Content-Type: text/plain; charset=utf-8",
		];
		expect(await send(server, { from: me, to: stranger, body: "waits-for-the-relay", header })).toMatch(
			/^250/,
		);
		await waitFor("the mail is deferred", () => /status=deferred/.test(pod.postfixLog), { within: 60_000 });

		// What the runbook has the owner do, and what the operator writes.
		const hash = execFileSync("openssl", ["passwd", "-6", "-stdin"], {
			input: "dummy-new-one\n",
			encoding: "utf8",
		});
		const accounts = site.mail.accounts
			.map((account) => {
				const value = { [me]: `{SHA512-CRYPT}${hash.trim()}`, [info]: "dummy-other" }[account] ?? password;
				return `${account}\t${value}\n`;
			})
			.join("");
		await pod.stop();
		pod = await harness.startPod(harness.net.workers[0], {
			files: { "/etc/mail-secrets/accounts": accounts },
		});

		expect(await opens(me, "dummy-new-one")).toBe(true);
		expect(await opens(me, password)).toBe(false);
		expect(await opens(info, "dummy-other")).toBe(true);
		expect(await opens(info, password)).toBe(false);
		const relay = await harness.startRelay();
		pod.run("postqueue", "-f");
		expect((await relay.arrival("waits-for-the-relay")).from).toBe(me);
	});
});
