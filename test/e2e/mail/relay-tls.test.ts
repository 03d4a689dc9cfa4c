import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { logIn, send } from "./mail.ts";
import { domain, MailHarness, me, password, podCommands, relayLogin, worldOf } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

const able = needs(...podCommands, "openssl");

const world = worldOf(domain);
const relay = { ...world.mail.relay, port: 465, tls: "implicit" } as const;
const abroad = "somebody@example.net";
let harness: MailHarness;
let pod: MailPod;

beforeAll(async () => {
	if (!able) return;
	harness = new MailHarness({ ...world, mail: { ...world.mail, relay } });
	pod = await harness.startPod();
});
afterAll(() => harness?.[Symbol.dispose]());

async function submit(body: string) {
	const server = await harness.inside(pod, 587);
	await logIn(server, { implicit: false, user: me, password });
	expect(await send(server, { from: me, to: abroad, body })).toMatch(/^250/);
}

describe("a relay with TLS from the first byte", () => {
	test("gets no mail and no credential when its certificate is for another name: the mail waits", async () => {
		await using other = await harness.startRelay("relay.example.net");
		await submit("kept-back");
		await pod.logged(new RegExp(`to=<${abroad}>.*status=deferred \\(Server certificate not verified\\)`));
		expect(other.taken).toEqual([]);
	});

	test("that refuses the login gets no mail: it waits", async () => {
		await using _ = await harness.startRelay(relay.host, { refuses: true });
		await submit("not-let-in");
		await pod.logged(/status=deferred \(SASL authentication failed; .*no such login\)/);
	});

	test("that takes less than the server does has its senders told at once, with the reason", async () => {
		await using small = await harness.startRelay(relay.host, { size: 20_000 });
		await submit(`too-large\r\n${"text\r\n".repeat(5000)}`);
		const returned = await pod.arrival(me, "too-large");
		expect(returned).toContain("Undelivered Mail Returned to Sender");
		expect(returned).toMatch(/message size \d+ exceeds size limit 20000 of[\s]+server/);
		expect(small.taken).toEqual([]);
	});

	test("gets all of it, with the login, once it proves its name", async () => {
		const own = await harness.startRelay();
		pod.run("postqueue", "-f");
		await submit("outgoing");
		for (const body of ["kept-back", "not-let-in", "outgoing"])
			expect(await own.arrival(body)).toMatchObject({ login: relayLogin, from: me, to: [abroad] });
	});
});
