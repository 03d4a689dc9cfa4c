import { describe, expect, test } from "vitest";
import { logIn, send } from "../../mail/mail.ts";

import { relayLogin } from "../../mail/mail-harness.ts";
import { accounts, fields, info, me, type Now, of, passwordOf, stranger } from "./running.ts";
import { domain, world } from "./world.ts";

/** What comes in by the edge. */
export function fromTheWorld(now: Now): void {
	describe("mail from the world", () => {
		test("P1: passes the edge and the filter, and reaches the mailbox with the address of its sender", async () => {
			const from = now().harness.net.newClient();
			expect(await now().deliver(me, "through-the-edge", from)).toMatch(/^250/);
			const mail = await now().pod.arrival(me, "through-the-edge");
			expect(mail).toContain(`[${from}]`);
			expect(mail).toMatch(/^Authentication-Results: /m);
		});

		test.for([
			["nobody-knows", world.mail.catchAll],
			["a.b", of("a.b")],
			["a-b+lists", of("a-b")],
		] as const)("P28: for %s is in the mailbox of %s", async ([name, mailbox]) => {
			expect(await now().deliver(of(name), `for-${name}`)).toMatch(/^250/);
			await now().pod.arrival(mailbox, `for-${name}`);
		});

		test("P11: for others is refused: it is no open relay", async () => {
			expect(await now().deliver("other@example.net", "relay")).toMatch(/^554/);
		});
	});
}

/** What users send and read. */
export function ofTheUsers(now: Now): void {
	describe("mail of the users", () => {
		test.for([587, 465])(
			"P30, P31: is signed as the DNS says and leaves by the relay, from port %d",
			async (port) => {
				const { server, reply } = await now().login(port);
				expect(reply).toMatch(/^235/);
				const body = `outgoing-${port}`;
				expect(await send(server, { from: me, to: stranger, body, header: fields(body) })).toMatch(/^250/);
				const { text, login: shown, from } = await now().relay.arrival(body);
				expect([shown, from]).toEqual([relayLogin, me]);
				expect(now().signed(text)).toBe(true);
			},
		);

		test.for([587, 465])(
			"P16: is taken at the edge on port %d, with the address of the client in the log",
			async (port) => {
				const from = now().harness.net.newClient();
				const server = await now().harness.call(port, { from });
				expect(await logIn(server, { implicit: port === 465, user: me, password: passwordOf(me) })).toMatch(
					/^235/,
				);
				expect(await send(server, { from: me, to: info, body: `edge-${port}` })).toMatch(/^250/);
				await now().pod.arrival(info, `edge-${port}`);
				await now().pod.logged(new RegExp(`\\[${from}\\], sasl_method=PLAIN, sasl_username=${me}`));
			},
		);

		test("P17: carries a sender of their own, or an alias that leads to them, and nobody else's", async () => {
			const reply = async (from: string) =>
				send((await now().login(587)).server, { from, to: info, body: `as-${from}` });
			expect(await reply(of("contact"))).toMatch(/^250/);
			expect(await reply(info)).toMatch(/^553/);
			expect(await reply(of("nobody-knows"))).toMatch(/^553/);
		});

		test("P7: is read by IMAP through the edge", async () => {
			const from = now().harness.net.newClient();
			const server = await (await now().harness.call(993, { from })).secure();
			expect(await server.imap(`LOGIN ${info} ${passwordOf(info)}`)).toContain("a OK");
			await send((await now().login(587)).server, { from: me, to: info, body: "to-be-read" });
			await now().pod.arrival(info, "to-be-read");
			expect(await server.imap("SELECT INBOX")).toMatch(/\* [1-9]\d* EXISTS/);
			await now().pod.logged(new RegExp(`Login: user=<${info}>.*rip=${from}.*`), "dovecotLog");
		});
	});

	test("every account logs in with its own password, and nobody else with any", async () => {
		// With a star the image would let a master log in as somebody else; it has none.
		const strange = [of("me+x"), `${me}*${info}`, `*${me}`, `${me}*`, `@${domain}`, `${me}.`, "me", of("*")];
		const others = [...Object.keys(world.mail.aliases), of("nobody-knows"), ...strange, "root", "docker"];
		const addresses = [...accounts, ...others];
		// Dovecot lets each wrong one wait: all of them at once.
		const attempt = addresses.flatMap((address) =>
			accounts.map((account) => {
				const pair = `'${address}' ${account}`;
				return `doveadm auth test '${address}' ${passwordOf(account)} >/dev/null 2>&1 && echo ${pair} &`;
			}),
		);
		const works = (await now().pod.runAside("bash", "-c", `${attempt.join("\n")}\nwait`)).trim().split("\n");
		expect(works.sort()).toEqual(accounts.map((account) => `${account} ${account}`).sort());
	});
}
