import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import { needs } from "../harness/needs.ts";
import { since } from "../harness/wait-for.ts";
import { readAsCrowdSec } from "./crowdsec.ts";
import { greet, leastWait, logIn, plain, send } from "./mail.ts";
import { info, MailHarness, me, password, podCommands } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

const able = needs(...podCommands, "haproxy");

const stranger = "stranger@example.net";
/** Milliseconds that Postfix waits for a header at least: it is told five seconds, and counts as in `leastWait`. */
const mostSilence = 3900;
const [first, second] = ["10.0.20.101", "10.0.20.102"] as const;

let harness: MailHarness;
let pod: MailPod;

beforeAll(async () => {
	if (!able) return;
	harness = new MailHarness();
	pod = await harness.startPod();
	await harness.startEdge();
});
afterAll(() => harness?.[Symbol.dispose]());

/** A pod's own port, from a pod. */
const inside = (port: number) => harness.inside(pod, port);
/** A port of a node, from the Internet. */
const atNode = (port: number, host: string = first) => harness.call(port, { host });

// They mostly wait.
vi.setConfig({ maxConcurrency: 10 });
describe.concurrent("mail", () => {
	describe("the address of a sender", () => {
		test("P1: reaches Postfix through the edge, and new senders wait six seconds for the second half of the greeting", async ({
			expect,
		}) => {
			const from = harness.net.newClient();
			const server = await harness.call(25, { from });
			expect(await server.until(/220-[^\n]*\n/)).toContain("mail.");
			expect(since(server.start) / 1000).toBeLessThan(leastWait);
			await greet(server);
			expect(since(server.start) / 1000).toBeGreaterThan(leastWait);
			expect(await send(server, { from: stranger, to: me, body: "through-the-edge" })).toMatch(/^250/);
			expect(await pod.arrival(me, "through-the-edge")).toContain(`(unknown [${from}])`);
			await pod.logged(
				new RegExp(`haproxy/postscreen\\[\\d+\\]: CONNECT from \\[${from}\\]:\\d+ to \\[203.0.113.1\\]:25`),
			);
			await pod.logged(new RegExp(`PASS NEW \\[${from}\\]`));
			await pod.logged(new RegExp(`postfix/smtpd\\[\\d+\\]: \\w+: client=unknown\\[${from}\\]`));
		});

		test("P7: reaches Dovecot through the edge", async ({ expect }) => {
			const from = harness.net.newClient();
			const server = await (await harness.call(993, { from })).secure();
			expect(await server.imap(`LOGIN ${me} ${password}`)).toContain("a OK");
			const line = await pod.logged(new RegExp(`Login: user=<${me}>.*rip=${from}.*`), "dovecotLog");
			expect(line).toMatch(/method=PLAIN.*lip=203\.0\.113\.1,.*TLS/);
		});

		test.for([
			{ port: 587, implicit: false, tag: "submission-haproxy" },
			{ port: 465, implicit: true, tag: "smtps-haproxy" },
		])(
			"P16: reaches submission on $port, with the user beside it",
			async ({ port, implicit, tag }, { expect }) => {
				const from = harness.net.newClient();
				const server = await harness.call(port, { from });
				expect(await logIn(server, { implicit, user: me, password })).toMatch(/^235/);
				const body = `submitted-on-${port}`;
				expect(await send(server, { from: me, to: info, body })).toMatch(/^250/);
				await pod.arrival(info, body);
				await pod.logged(
					new RegExp(
						`postfix/${tag}/smtpd\\[\\d+\\]: \\w+: client=unknown\\[${from}\\], sasl_method=PLAIN, sasl_username=${me}`,
					),
				);
			},
		);

		test("P19: is in the log of a wrong password, too", async ({ expect }) => {
			const from = harness.net.newClient();
			const server = await harness.call(587, { from });
			expect(await logIn(server, { implicit: false, user: me, password: "wrong" })).toMatch(/^535 5\.7\.8/);
			await pod.logged(new RegExp(`warning: unknown\\[${from}\\]: SASL PLAIN authentication failed`));
		});
	});

	describe("a port that demands a header", () => {
		test.for([
			{ port: 30125, code: "421 4.3.2 No system resources", log: "haproxy read: time limit exceeded" },
			{ port: 30126, code: "421 4.3.0", log: "smtps-haproxy.*haproxy read: timeout error" },
			{ port: 30127, code: "421 4.3.0", log: "submission-haproxy.*haproxy read: timeout error" },
		])(
			"P3, P4: refuses who says nothing on $port after five seconds",
			async ({ port, code, log }, { expect }) => {
				const { text, after } = await (await atNode(port)).untilClosed();
				expect(text).toContain(code);
				expect(after).toBeGreaterThan(mostSilence);
				// The next longer limit of Postfix: ten seconds for a command, where many clients are.
				expect(after).toBeLessThan(10_000);
				await pod.logged(new RegExp(log));
			},
		);

		test.for([
			{ port: 30125, code: "421 4.3.2" },
			{ port: 30126, code: "421 4.3.0" },
			{ port: 30127, code: "421 4.3.0" },
		])("P3, P4: refuses who speaks first on $port at once", async ({ port, code }, { expect }) => {
			const server = await atNode(port);
			server.write("EHLO early.example.net\r\n");
			const { text, after } = await server.untilClosed();
			expect(text).toContain(code);
			expect(after).toBeLessThan(mostSilence);
			await pod.logged(/haproxy read: (short|unrecognized) protocol header/);
		});

		test("P5: closes on a silent node after three seconds", async ({ expect }) => {
			const server = await atNode(30128, second);
			const { after } = await server.untilClosed();
			expect(after).toBeGreaterThan(2900);
			// The next longer limit of Dovecot: three minutes for a login.
			expect(after).toBeLessThan(15_000);
			await pod.logged(/haproxy: Client timed out \(rip=10\.0\.20\.102\)/, "dovecotLog");
		});

		test("P6: closes on an address that is no node's at once", async () => {
			const server = await inside(10993);
			await server.untilClosed();
			await pod.logged(
				new RegExp(`haproxy: Client not trusted \\(rip=${harness.neighbourAddress}\\)`),
				"dovecotLog",
			);
		});

		test("P11: believes whoever brings one, and relays for nobody because of it", async ({ expect }) => {
			const server = await atNode(30125);
			server.write("PROXY TCP4 198.51.100.9 203.0.113.1 1234 25\r\n");
			await greet(server);
			expect(await send(server, { from: stranger, to: "somebody@example.org", body: "forged" })).toMatch(
				/^554 5\.7\.1 .*Relay access denied/,
			);
			await pod.logged(/connect from unknown\[198\.51\.100\.9\]/);
		});
	});

	describe("a pod of the cluster", () => {
		test("P8: uses the stock ports without a header, under its own address", async ({ expect }) => {
			const smtp = await inside(25);
			await greet(smtp);
			expect(await send(smtp, { from: stranger, to: me, body: "from-a-pod" })).toMatch(/^250/);
			await pod.logged(
				new RegExp(
					`postfix/postscreen\\[\\d+\\]: CONNECT from \\[${harness.neighbourAddress}\\]:\\d+ to \\[.*\\]:25`,
				),
			);
			const submission = await inside(587);
			expect(await logIn(submission, { implicit: false, user: me, password })).toMatch(/^235/);
			await pod.logged(
				new RegExp(`postfix/submission/smtpd\\[\\d+\\]: connect from unknown\\[${harness.neighbourAddress}`),
			);
			const imap = await (await inside(993)).secure();
			expect(await imap.imap(`LOGIN ${me} ${password}`)).toContain("a OK");
			await pod.logged(new RegExp(`Login: user=<${me}>.*rip=${harness.neighbourAddress}`), "dovecotLog");
		});

		test("P9: that sends a header to a stock port talks out of turn", async ({ expect }) => {
			const header = "PROXY TCP4 198.51.100.9 203.0.113.1 1234 25";
			const submission = await inside(587);
			await greet(submission);
			expect(await submission.ask(header)).toMatch(/^50[02] 5\.5\.[12]/);
			// One that has never been greeted: who is known may talk at once.
			const stranger = harness.dialer(harness.net.addPod(harness.net.workers[1], "10.10.0.51"));
			const smtp = await harness.talk(stranger, { host: pod.host.address, port: 25 });
			smtp.write(`${header}\r\n`);
			await pod.logged(/PREGREET \d+ after [\d.]+ from \[10\.10\.0\.51\].*PROXY TCP4/);
		});
	});

	describe("a login", () => {
		test("P15: is offered only under TLS, and never on port 25", async ({ expect }) => {
			const submission = await harness.visit(587);
			expect(await greet(submission)).not.toContain("AUTH");
			expect(await submission.ask(`AUTH PLAIN ${plain(me, password)}`)).toMatch(/^530 5\.7\.0/);
			const smtp = await harness.visit(25);
			expect(await greet(smtp)).not.toContain("AUTH");
			expect(await smtp.ask(`AUTH PLAIN ${plain(me, password)}`)).toMatch(/^503 5\.5\.1/);
		});

		test.for(["the edge", "a pod"])("P17: through %s sends as nobody else", async (way, { expect }) => {
			const server = way === "a pod" ? await inside(587) : await harness.visit(587);
			await logIn(server, { implicit: false, user: me, password });
			expect(await send(server, { from: info, to: me, body: "as another" })).toMatch(
				/^553 5\.7\.1 .*Sender address rejected: not owned by user/,
			);
		});

		test("P18: that fails is answered later and later", async ({ expect }) => {
			const server = await (await harness.visit(993)).secure();
			await server.until(/OK[^\n]*\n/);
			const times: number[] = [];
			for (let attempt = 0; attempt < 2; attempt++) {
				const start = Date.now();
				expect(await server.imap(`LOGIN ${me} wrong`)).toContain("a NO");
				times.push(since(start) / 1000);
			}
			expect(times[0]).toBeGreaterThan(4);
			expect(times[1]).toBeGreaterThan(8);
		});
	});

	describe("CrowdSec", () => {
		needs("crowdsec");

		test("P45: finds the client in what every way in complains of", { timeout: 90_000 }, async ({
			expect,
		}) => {
			const [hasty, relayed] = [harness.net.newClient(), harness.net.newClient()];
			const early = await harness.call(25, { from: hasty });
			// The parser wants a fraction: it does not read "after 0", which is counted from the first half of the greeting.
			await early.until(/220-[^\n]*\n/);
			await sleep(300);
			early.write("EHLO hasty.example.net\r\n");
			const exchanger = await harness.call(25, { from: relayed });
			await greet(exchanger);
			await send(exchanger, { from: stranger, to: "somebody@example.org", body: "" });
			const [onSmtps, onSubmission, onImaps] = [
				harness.net.newClient(),
				harness.net.newClient(),
				harness.net.newClient(),
			];
			const login = { user: me, password: "wrong" };
			await logIn(await harness.call(465, { from: onSmtps }), { implicit: true, ...login });
			await logIn(await harness.call(587, { from: onSubmission }), { implicit: false, ...login });
			const imap = await (await harness.call(993, { from: onImaps })).secure();
			await imap.imap(`LOGIN ${me} wrong`);
			imap.close();
			await pod.logged(new RegExp(`PREGREET.*\\[${hasty}\\]`));
			for (const address of [relayed, onSmtps, onSubmission])
				await pod.logged(new RegExp(`(?:reject: RCPT from|warning:) unknown\\[${address}\\]`));
			await pod.logged(new RegExp(`auth failed.*rip=${onImaps}`), "dovecotLog");
			const seen = await readAsCrowdSec(join(harness.net.network.folder, "crowdsec"), pod.syslog);
			for (const [program, address] of [
				["haproxy/postscreen", hasty],
				["postfix/smtpd", relayed],
				["postfix/smtps-haproxy/smtpd", onSmtps],
				["postfix/submission-haproxy/smtpd", onSubmission],
				["dovecot", onImaps],
			])
				expect(seen).toContainEqual({ program, address });
		});
	});
});
