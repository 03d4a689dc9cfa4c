import { describe, expect, test } from "vitest";
import { askSieve, greet, logIn, logInToSieve, send } from "../../mail/mail.ts";
import { fields, info, me, mine, type Now, passwordOf, sales, stranger } from "./running.ts";
import { domain, second } from "./world.ts";

/** More than one domain, and filters. */
export function further(now: Now): void {
	describe("a second domain", () => {
		test("has its mail, and none for addresses that it does not have", async () => {
			expect(await now().deliver(mine, "for-the-second")).toMatch(/^250/);
			await now().pod.arrival(mine, "for-the-second");
			expect(now().pod.inbox(me).join()).not.toContain("for-the-second");
			expect(await now().deliver(`nobody@${second}`, "for-nobody")).toMatch(/^550/);
		});

		test("signs with its own key, and its senders leave under their own name", async () => {
			const { server, reply } = await now().login(587, mine);
			expect(reply).toMatch(/^235/);
			const body = "from-the-second";
			expect(await send(server, { from: mine, to: stranger, body, header: fields(body) })).toMatch(/^250/);
			const { from, text } = await now().relay.arrival(body);
			// Rewritten to the first domain (SRS) it would be that domain's mail to SPF.
			expect(from).toBe(mine);
			expect(now().signed(text, second)).toBe(true);
		});

		test("signs what an account of the first sends as its alias there, and nothing that only says so", async () => {
			const server = await now().harness.call(587, { from: now().harness.net.newClient() });
			await logIn(server, { implicit: false, user: me, password: passwordOf(me) });
			const submit = async (from: string, body: string, said = from) => {
				for (const line of [`MAIL FROM:<${from}>`, `RCPT TO:<${stranger}>`, "DATA"]) await server.ask(line);
				const text = [`From: <${said}>`, `To: <${stranger}>`, ...fields(body), "", body, "."].join("\r\n");
				expect(await server.ask(text)).toMatch(/^250/);
				return (await now().relay.arrival(body)).text;
			};
			expect(now().signed(await submit(sales, "as-the-alias"), second)).toBe(true);
			for (const [from, body] of [
				[me, "forged-by-a-sender"],
				["", "forged-without-a-sender"],
			] as const)
				expect(await submit(from, body, mine)).not.toContain("DKIM-Signature");
		});

		test("is not what the first may send as, nor the other way round", async () => {
			const reply = async (user: string, from: string) =>
				send((await now().login(587, user)).server, { from, to: info, body: `as-${from}` });
			expect(await reply(me, mine)).toMatch(/^553/);
			expect(await reply(mine, me)).toMatch(/^553/);
		});
	});

	test("a sender whose name is quoted keeps it abroad, where postsrsd would make another's of it", async () => {
		const sender = `"at@sign"@example.net`;
		using server = await now().harness.call(25, { from: now().harness.net.newClient() });
		await greet(server);
		const body = "from-a-quoted-name";
		const letter = { from: sender, to: `abroad@${domain}`, body, header: fields(body) };
		expect(await send(server, letter)).toMatch(/^250/);
		expect((await now().relay.arrival(body)).from).toBe(sender);
	});

	describe("a user's filters", () => {
		test("are set through the edge, sort mail, and send an out-of-office note by the relay", async () => {
			const from = now().harness.net.newClient();
			const editor = await now().harness.call(4190, { from });
			expect(await logInToSieve(editor, info, "wrong")).toMatch(/^NO/m);
			const server = await now().harness.call(4190, { from });
			expect(await logInToSieve(server, info, passwordOf(info))).toMatch(/^OK/m);
			const script = `require ["fileinto", "vacation"];
if header :contains "subject" "lists" { fileinto "Drafts"; }
vacation :days 1 :subject "out-of-office" "I am away.";
`;
			expect(await askSieve(server, `PUTSCRIPT "main" {${script.length}+}\r\n${script}`)).toMatch(/^OK/m);
			expect(await askSieve(server, 'SETACTIVE "main"')).toMatch(/^OK/m);
			await now().pod.logged(
				new RegExp(`managesieve-login: Login: user=<${info}>.*rip=${from}.*`),
				"dovecotLog",
			);
			expect(await now().deliver(info, "lists-and-more")).toMatch(/^250/);
			const note = await now().relay.arrival("out-of-office");
			expect([note.from, note.to]).toEqual(["", [stranger]]);
			expect(now().pod.run("sh", "-c", `cat /var/mail/${domain}/info/.Drafts/new/*`)).toContain(
				"lists-and-more",
			);
		});
	});
}
