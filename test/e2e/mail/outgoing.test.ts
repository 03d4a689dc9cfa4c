import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { greet, logIn, plain, send } from "./mail.ts";
import {
	domain,
	info,
	MailHarness,
	me,
	password,
	podCommands,
	relayLogin,
	site,
	spam,
} from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";
import type { Relay } from "./relay.ts";

const able = needs(...podCommands, "openssl");

const stranger = "stranger@example.net";
/** Addresses that others have chosen. */
const friends = [
	"bounce+a=b/c@example.net",
	"x!y%z@example.net",
	"o'neil@example.net",
	"#{$}@xn--e1afmkfd.xn--p1ai",
];
let harness: MailHarness;
let pod: MailPod;
let relay: Relay;

beforeAll(async () => {
	if (!able) return;
	const aliases = { ...site.mail.aliases, [`friends@${domain}`]: friends };
	harness = new MailHarness({ ...site, mail: { ...site.mail, aliases } });
	relay = await harness.startRelay();
	pod = await harness.startPod();
});
afterAll(() => harness?.[Symbol.dispose]());

/** Ends the pod, and starts another with other variables on the same volume. */
async function startAnother(env: Readonly<Record<string, string>>): Promise<void> {
	await pod.stop();
	pod = await harness.startPod(harness.net.workers[0], { env });
}

/** A login at port 587. @returns the connection and the reply */
async function submission(user = me) {
	const server = await harness.inside(pod, 587);
	return { server, reply: await logIn(server, { implicit: false, user, password }) };
}

describe("mail for the world", () => {
	test("leaves by the relay, with its login and under the sender's own name", async () => {
		const { server } = await submission();
		expect(await send(server, { from: me, to: stranger, body: "outgoing" })).toMatch(/^250/);
		expect(await relay.arrival("outgoing")).toMatchObject({ login: relayLogin, from: me, to: [stranger] });
		await pod.logged(new RegExp(`to=<${stranger}>, relay=smtp-relay\\S+, .*status=sent`));
	});

	test("leaves by it when an alias leads abroad, too", async () => {
		const server = await harness.inside(pod, 25);
		await greet(server);
		expect(await send(server, { from: stranger, to: `abroad@${domain}`, body: "forwarded" })).toMatch(/^250/);
		const { from, to } = await relay.arrival("forwarded");
		expect(from).toMatch(new RegExp(`^SRS0=\\S+@${domain}$`));
		expect(to).toEqual(["somebody@example.org"]);
	});

	test.for([`"two words"@example.net`, `"at@sign"@example.net`])(
		"leaves for abroad with the sender's own address where it has quotes: %s",
		async (sender) => {
			const server = await harness.inside(pod, 25);
			await greet(server);
			const body = `from-${sender.length}-letters`;
			expect(await send(server, { from: sender, to: `abroad@${domain}`, body })).toMatch(/^250/);
			// Rewritten as others are, it would be an address that no answer reaches, or another's.
			expect((await relay.arrival(body)).from).toBe(sender);
		},
	);

	test("leaves for addresses as others have chosen them", async () => {
		const server = await harness.inside(pod, 25);
		await greet(server);
		const to = `friends@${domain}`;
		expect(await send(server, { from: stranger, to, body: "for-friends" })).toMatch(/^250/);
		expect((await relay.arrival("for-friends")).to.toSorted()).toEqual(friends.toSorted());
	});

	test("includes the probe's, although its mailbox is here, and nothing but that comes back to it", async () => {
		const probe = `smoke-test@${domain}`;
		const { server } = await submission(spam);
		expect(await send(server, { from: spam, to: probe, body: "there-and-back" })).toMatch(/^250/);
		const { from, to, text } = await relay.arrival("there-and-back");
		expect([from, to]).toEqual([spam, [spam]]);
		expect(pod.inbox(spam).join()).not.toContain("there-and-back");
		const back = await harness.inside(pod, 25);
		await greet(back);
		expect(await send(back, { from, to: spam, body: text })).toMatch(/^250/);
		await pod.arrival(spam, "there-and-back");
		const another = await harness.inside(pod, 25);
		await greet(another);
		expect(await send(another, { from: stranger, to: probe, body: "from-outside" })).toMatch(/^250/);
		await pod.arrival(spam, "from-outside");
		expect(relay.taken.filter((mail) => /there-and-back|from-outside/.test(mail.text))).toHaveLength(1);
	});

	test("has one relay: no table of others, neither in force nor where the image makes one", () => {
		expect(pod.run("postconf", "sender_dependent_relayhost_maps").trim()).toBe(
			"sender_dependent_relayhost_maps =",
		);
		expect(pod.run("cat", "/etc/postfix/relayhost_map")).toBe("");
	});
});

describe("an alias", () => {
	// As the image does it: "info" is the first account that contains it.
	test("is nobody who can log in", async () => {
		const { reply } = await submission(`contact@${domain}`);
		expect(reply).toMatch(/^535/);
		expect(pod.run("cut", "-d:", "-f1", "/etc/dovecot/userdb").trim().split("\n")).toEqual([
			...new Set(harness.accounts),
		]);
	});
});

describe("the filter", () => {
	const filter = "/opt/image/pass-milter.py";

	test("is missed by the readiness when it is gone, and mail waits at its senders until it is back", async () => {
		pod.run("sh", "-c", `kill "$(pgrep -of ${filter})"`);
		expect(() => pod.run(...harness.container.readiness)).toThrow("nothing listens on 11332");
		expect(() => pod.run(...harness.container.startup)).toThrow("nothing listens on 11332");
		for (const [port, refusal] of [
			[587, "454 4.3.0 Try again later"],
			[5587, "454 4.3.0 Try again later"],
			[465, "451 4.7.1 Service unavailable - try again later"],
			[4465, "451 4.7.1 Service unavailable - try again later"],
			[25, "451 4.7.1 Service unavailable - try again later"],
			[2525, "451 4.7.1 Service unavailable - try again later"],
		] as const) {
			const server = await harness.inside(pod, port);
			if (port > 1000) server.write("PROXY TCP4 203.0.113.77 203.0.113.1 1234 25\r\n");
			if (port % 1000 === 465) await logIn(server, { implicit: true, user: me, password });
			else await greet(server);
			const reply = await server.ask(port % 1000 === 587 ? "STARTTLS" : `MAIL FROM:<${me}>`);
			expect(`${port}: ${reply}`).toBe(`${port}: ${refusal}`);
		}
		pod.run("sh", "-c", `python3 -B ${filter} 11332 >/dev/null 2>&1 &`);
		await pod.ready();
		const { server } = await submission();
		expect(await send(server, { from: me, to: info, body: "filtered-again" })).toMatch(/^250/);
		await pod.arrival(info, "filtered-again");
	});
});

// Each leaves the pod in a state that nothing can be tried in.
describe("what must not be", () => {
	test("a variable of ours that the image knows sends mail to no relay at all", async () => {
		await startAnother({ RELAY_HOST: "[smtp-relay.brevo.com]:587" });
		// What the image sets again whenever it sees a change of its files.
		pod.run("postconf", "sender_dependent_relayhost_maps=texthash:/etc/postfix/relayhost_map");
		await pod.reloadPostfix();
		const { server } = await submission();
		expect(await send(server, { from: me, to: stranger, body: "stuck" })).toMatch(/^250/);
		await pod.logged(/fatal: valid hostname or network address required in server description/);
		expect(relay.taken.filter(({ text }) => text.includes("stuck"))).toEqual([]);
	});

	test("with quotas an alias logs in with the password of its account", async () => {
		await startAnother({ ENABLE_QUOTAS: "1" });
		const server = await harness.inside(pod, 587);
		await logIn(server, { implicit: false, user: me, password: "wrong" });
		expect(await server.ask(`AUTH PLAIN ${plain(`contact@${domain}`, password)}`)).toMatch(/^235/);
	});

	test("the stand-in shows nothing about a variable that it does not know", async () => {
		await expect(startAnother({ TLS_LEVEL: "intermediate" })).rejects.toThrow(
			"this stand-in does not do what the image does with TLS_LEVEL=intermediate",
		);
	});
});
