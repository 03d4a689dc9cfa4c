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
		using other = await harness.startRelay("relay.example.net");
		await submit("kept-back");
		await pod.logged(new RegExp(`to=<${abroad}>.*status=deferred \\(Server certificate not verified\\)`));
		expect(other.taken).toEqual([]);
	});

	test("gets all of it, with the login, once it proves its name", async () => {
		const own = await harness.startRelay();
		pod.run("postqueue", "-f");
		await submit("outgoing");
		for (const body of ["kept-back", "outgoing"])
			expect(await own.arrival(body)).toMatchObject({ login: relayLogin, from: me, to: [abroad] });
	});
});
