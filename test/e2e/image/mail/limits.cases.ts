import { describe, expect, test } from "vitest";
import { greet } from "../../mail/mail.ts";
import { fields, info, type Now, stranger } from "./running.ts";

const lines = (...all: readonly string[]) => all.join("\r\n");
const mixed = (boundary: string) => `Content-Type: multipart/mixed; boundary=${boundary}`;
const parts = (count: number) => lines("--c", "", "x", "").repeat(count);
const encodedMessage = (encoding: string, text: string) =>
	lines(
		mixed("b"),
		"",
		"--b",
		`Content-Transfer-Encoding: ${encoding}`,
		"Content-Type: message/rfc822",
		"",
		text,
		"--b--",
	);
const base64 = (text: string) => Buffer.from(text).toString("base64").replaceAll(/.{76}/g, "$&\r\n");
const inner = (count: number) => lines("From: <a@example.net>", mixed("c"), "", parts(count), "--c--");
const quoted = (text: string) => text.replaceAll("=", "=3D").replaceAll("--c", "=2D-c");

const manyFields = "a:\r\n".repeat(600_000);

/** What follows the usual fields of a letter. For each of the first the filter would need more memory than the pod has. */
const tooMuch: Readonly<Record<string, string>> = {
	"of parts": lines(mixed("c"), "", parts(100_000)),
	"in a message in Base64": encodedMessage("base64", base64(inner(100_000))),
	// Outside of it Postfix makes a blank of a CR alone.
	"in a message in Base64, of lines that end with CR alone": encodedMessage(
		"base64",
		base64(inner(100_000).replaceAll("\n", "")),
	),
	"in a message that is quoted-printable": encodedMessage("quoted-printable", quoted(inner(100_000))),
	"in a message in a message, both in Base64": encodedMessage(
		"base64",
		base64(lines("From: <a@example.net>", encodedMessage("base64", base64(inner(60_000))))),
	),
	"in a message in uuencode, however small": encodedMessage("x-uuencode", "begin 644 x"),
	"in a message that says of two encodings": encodedMessage(
		"base64\r\nX-Also: quoted",
		"message/ base64 quoted\r\n\r\n".repeat(40_000),
	),
	"of header fields": `${manyFields}\r\nx`,
	"of header fields of an attached message": lines(
		mixed("b"),
		"",
		"--b",
		"Content-Type: message/rfc822",
		"",
		`${manyFields}\r\nx`,
		"--b--",
	),
};
const enough: Readonly<Record<string, string>> = {
	"some thousand parts": lines(mixed("c"), "", parts(3000), "--c--"),
	"a message in Base64": encodedMessage("base64", base64(lines("From: <a@example.net>", "", "hello"))),
	"a message beside an attachment whose Base64 says uue": lines(
		mixed("b"),
		"",
		"--b",
		"Content-Transfer-Encoding: base64",
		"Content-Type: application/octet-stream",
		"",
		"UUEU".repeat(19),
		"--b",
		"Content-Type: message/rfc822",
		"",
		"From: <a@example.net>",
		"",
		"hello",
		"--b--",
	),
	"a table of dashes and colons": `\r\n${"--:--:--:--\r\n".repeat(5000)}`,
};

/** Small messages that would take all of the filter's memory. */
export function beyondTheLimits(now: Now): void {
	/** A letter of a stranger. @returns the reply */
	async function deliver(subject: string, rest: string): Promise<string> {
		const server = await now().harness.call(25, { from: now().harness.net.newClient() });
		await greet(server);
		for (const line of [`MAIL FROM:<${stranger}>`, `RCPT TO:<${info}>`, "DATA"]) await server.ask(line);
		// What the message is made of says its own type.
		const header = [`From: <${stranger}>`, `To: <${info}>`, ...fields(subject).slice(0, 4)];
		server.write(`${lines(...header, rest)}\r\n.\r\n`);
		return (await server.until(/\d{3} [^\n]*\n/, 90_000)).trim();
	}

	describe("a stranger's message is refused for good, and kills nothing, when it has too much", () => {
		test.for(Object.entries(tooMuch))("%s", async ([subject, rest]) => {
			expect(await deliver(subject, rest)).toBe("554 5.7.1 Too many parts or header fields");
			expect(now().container.kills).toBe(0);
		});
	});

	describe("a stranger's message is filtered and arrives with", () => {
		test.for(Object.entries(enough))("%s", async ([subject, rest]) => {
			expect(await deliver(subject, rest)).toMatch(/^250/);
		});
	});
}
