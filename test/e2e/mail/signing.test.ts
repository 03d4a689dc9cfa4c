import { afterAll, beforeEach, expect, test } from "vitest";
import { needs, slow } from "../rig/needs.ts";
import { once } from "../rig/scenario.ts";
import { waitFor } from "../rig/wait-for.ts";
import type { Conversation } from "./conversation.ts";
import { DkimSignature } from "./dkim-signature.ts";
import { greet, logIn, send } from "./mail.ts";
import { domain, info, MailRig, me, password, podCommands } from "./mail-rig.ts";

needs(...podCommands, "rspamd");
beforeEach(({ skip }) => slow(skip));

/** The filter needs a quarter of a minute to start: its tests share it. */
const started = once(async () => {
	const rig = new MailRig();
	const pod = await rig.startPod(rig.net.workers[0], { rspamd: true });
	await waitFor("the filter listens", () => pod.run("ss", "-Htln").includes("127.0.0.1:11332"), {
		within: 90_000,
		every: 500,
	});
	/** From a worker's own address, which is a private one. */
	const worker = rig.dialer(rig.net.workers[0].host);
	return { rig, pod, atWorker: (port: number) => rig.talk(worker, { host: pod.host.address, port }) };
});
let wanted = false;
afterAll(async () => {
	if (wanted) (await started()).rig[Symbol.dispose]();
});

/** The signature of a message that goes through an open connection. */
async function signatureOf(
	server: Conversation,
	body: string,
	from = me,
): Promise<DkimSignature | undefined> {
	const { pod } = await started();
	const header = [`Subject: ${body}`, `Date: ${new Date().toUTCString()}`, `Message-ID: <${body}@${domain}>`];
	expect(await send(server, { from, to: info, body, header })).toMatch(/^250/);
	return DkimSignature.of(await pod.arrival(info, body));
}

async function lab() {
	wanted = true;
	return await started();
}

test("mail of who has logged in is signed, and the published record verifies it", async () => {
	const { rig, pod } = await lab();
	const server = await rig.inside(pod, 587);
	await logIn(server, { implicit: false, user: me, password });
	const signature = await signatureOf(server, "logged-in");
	expect(signature?.tags).toMatchObject({ d: domain, s: "mail", a: "rsa-sha256", c: "relaxed/relaxed" });
	const record = rig.deployed.argument("cloudflare_dns_record", `mail._domainkey.${domain}`, "content");
	expect(signature?.holds(record)).toBe(true);
});

test("mail of a stranger in our name is not signed", async () => {
	const { rig, pod } = await lab();
	const server = await rig.inside(pod, 2525);
	server.write("PROXY TCP4 198.51.100.9 203.0.113.1 1234 25\r\n");
	await greet(server);
	expect(await signatureOf(server, "from-a-stranger")).toBeUndefined();
});

test("mail of another domain is not signed", async () => {
	const { rig, pod } = await lab();
	const server = await rig.inside(pod, 25);
	await greet(server);
	expect(await signatureOf(server, "of-another-domain", "somebody@example.net")).toBeUndefined();
});

test("mail from a private address is not signed, because it comes from there", async () => {
	const { atWorker } = await lab();
	const server = await atWorker(25);
	await greet(server);
	expect(await signatureOf(server, "from-a-node")).toBeUndefined();
});

test("mail from a private address would be signed by the reference's setting", async () => {
	const { pod, atWorker } = await lab();
	pod.run("sed", "-i", "s/sign_local = false/sign_local = true/", "/etc/rspamd/override.d/dkim_signing.conf");
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
