import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { needs, slow } from "../harness/needs.ts";
import { once } from "../harness/scenario.ts";
import { waitFor } from "../harness/wait-for.ts";
import type { Conversation } from "./conversation.ts";
import { DkimSignature } from "./dkim-signature.ts";
import { greet, logIn, send } from "./mail.ts";
import { domain as homeDomain, MailHarness, password, podCommands, worldOf } from "./mail-harness.ts";

needs(...podCommands, "rspamd", "dnsmasq");
beforeEach(({ skip }) => slow(skip));
// The first test of a domain waits for the filter, which compiles its rules at the first start.
vi.setConfig({ testTimeout: 400_000 });

const harnesses: MailHarness[] = [];
afterAll(() => {
	for (const harness of harnesses) harness[Symbol.dispose]();
});

// A registrable domain, and one below it.
describe.each([homeDomain, "lab.example.org"])("mail of %s", (domain) => {
	const [me, info] = [`me@${domain}`, `info@${domain}`] as const;

	/** The filter needs a quarter of a minute to start: the tests of a domain share it. */
	const lab = once(async () => {
		const harness = new MailHarness(worldOf(domain));
		harnesses.push(harness);
		const pod = await harness.startPod(harness.net.workers[0], { filter: "rspamd" });
		/** From a worker's own address, which is a private one. */
		const worker = harness.dialer(harness.net.workers[0].host);
		return {
			harness,
			pod,
			atWorker: (port: number) => harness.talk(worker, { host: pod.host.address, port }),
		};
	});

	/** The signature of a message that goes through an open connection. */
	async function signatureOf(
		server: Conversation,
		body: string,
		from: string = me,
	): Promise<DkimSignature | undefined> {
		const { pod } = await lab();
		const header = [
			`Subject: ${body}`,
			`Date: ${new Date().toUTCString()}`,
			`Message-ID: <${body}@${domain}>`,
		];
		expect(await send(server, { from, to: info, body, header })).toMatch(/^250/);
		return DkimSignature.of(await pod.arrival(info, body));
	}

	test("P30, P31: is signed for who has logged in, and the published record verifies it", async () => {
		const { harness, pod } = await lab();
		const server = await harness.inside(pod, 587);
		await logIn(server, { implicit: false, user: me, password });
		const signature = await signatureOf(server, "logged-in");
		expect(signature?.tags).toMatchObject({ d: domain, s: "mail", a: "rsa-sha256", c: "relaxed/relaxed" });
		const record = harness.deployed.argument("cloudflare_dns_record", `mail._domainkey.${domain}`, "content");
		expect(signature?.holds(record)).toBe(true);
	});

	test("is known for ours when the relay brings it back, and a changed one with a forged verdict is not", async () => {
		const { harness, pod } = await lab();
		const names = [`mail._domainkey.${domain}`, `_dmarc.${domain}`];
		const records = names.map((name) => {
			const content = harness.deployed.argument("cloudflare_dns_record", name, "content");
			return `--txt-record=${name},${(content.match(/(?<=")[^" ][^"]*(?=")/g) ?? []).join(",")}`;
		});
		pod.host.start("dnsmasq", "dnsmasq", [
			"--keep-in-foreground",
			"--conf-file=/dev/null",
			"--pid-file=",
			"--user=root",
			"--no-hosts",
			"--no-resolv",
			...records,
		]);
		const relay = await harness.startRelay();
		const spam = `spam@${domain}`;
		const server = await harness.inside(pod, 587);
		await logIn(server, { implicit: false, user: spam, password });
		const header = [`Subject: back`, `Date: ${new Date().toUTCString()}`, `Message-ID: <back@${domain}>`];
		const body = "there-and-back";
		expect(await send(server, { from: spam, to: `smoke-test@${domain}`, body, header })).toMatch(/^250/);
		const { text } = await relay.arrival(body);
		const comesBack = async (message: string, mark: string) => {
			const outside = await harness.inside(pod, 2525);
			outside.write("PROXY TCP4 198.51.100.9 203.0.113.1 1234 25\r\n");
			await greet(outside);
			for (const line of [`MAIL FROM:<${spam}>`, `RCPT TO:<${spam}>`, "DATA"]) await outside.ask(line);
			expect(await outside.ask(`${message}.`)).toMatch(/^250/);
			return await pod.arrival(spam, mark);
		};
		expect(await comesBack(text, body)).toMatch(
			/^Authentication-Results: mail\.\S+;(?:.*\n\s)+.*dmarc=pass /m,
		);
		const verdict = `Authentication-Results: mail.${domain}; dmarc=pass header.from=${domain}\r\n`;
		const forged = await comesBack(`${verdict}${text.replace(body, "changed")}`, "changed");
		expect(forged).toMatch(/\sdkim=fail /);
		expect(forged).not.toMatch(/dmarc=pass/);
	});

	test("P30: is not signed for a stranger", async () => {
		const { harness, pod } = await lab();
		const server = await harness.inside(pod, 2525);
		server.write("PROXY TCP4 198.51.100.9 203.0.113.1 1234 25\r\n");
		await greet(server);
		expect(await signatureOf(server, "from-a-stranger")).toBeUndefined();
	});

	test("P30: is the only mail that is signed", async () => {
		const { harness, pod } = await lab();
		const server = await harness.inside(pod, 25);
		await greet(server);
		expect(await signatureOf(server, "of-another-domain", "somebody@example.net")).toBeUndefined();
	});

	test("P30: is not signed because it comes from a private address", async () => {
		const { atWorker } = await lab();
		const server = await atWorker(25);
		await greet(server);
		expect(await signatureOf(server, "from-a-node")).toBeUndefined();
	});

	test("P30: would be signed from a private address by the reference's setting", async () => {
		const { pod, atWorker } = await lab();
		pod.run(
			"sed",
			"-i",
			"s/sign_local = false/sign_local = true/",
			"/etc/rspamd/override.d/dkim_signing.conf",
		);
		pod.run("sh", "-c", 'kill -HUP "$(pgrep -o rspamd)"');
		const signed = await waitFor(
			"the filter has read its files again",
			async () => {
				const server = await atWorker(25);
				await greet(server);
				return await signatureOf(server, `from-a-node-${Date.now()}`);
			},
			{ within: 60_000, every: 2000 },
		);
		expect(signed.tags).toMatchObject({ d: domain, s: "mail" });
	});
});
