import type { Conversation } from "./conversation.ts";

/** Login of an account in the form of PLAIN (RFC 4616), base64. */
export function plain(user: string, password: string): string {
	return Buffer.from(`\0${user}\0${password}`).toString("base64");
}

export interface Envelope {
	readonly from: string;
	readonly to: string;
	/** Text that finds the message again. */
	readonly body: string;
	/** Further lines of the header. */
	readonly header?: readonly string[];
}

/**
 * One message over a connection that was greeted. @returns the last reply: that to the message, or the first refusal
 */
export async function send(server: Conversation, { from, to, body, header = [] }: Envelope): Promise<string> {
	for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, "DATA"]) {
		const reply = await server.ask(command);
		if (!/^[23]/.test(reply)) return reply;
	}
	const lines = [`From: <${from}>`, `To: <${to}>`, ...header, "", body, "."];
	return await server.ask(lines.join("\r\n"));
}

/**
 * Seconds that a sender who is not known waits for the greeting at least: it is told six, but Postfix counts whole seconds
 * (its events(3)), so that it waits up to one less, and the clocks differ. Who is greeted sooner has not waited.
 */
export const leastWait = 4.9;

/** Greeting and EHLO. @returns what the server offers */
export async function greet(server: Conversation): Promise<string> {
	await server.until(/(?:^|\n)220 [^\n]*\n/);
	return await server.ask("EHLO client.example.net");
}

/** ManageSieve (RFC 5804) with TLS and a login. @returns the response to the login */
export async function logInToSieve(server: Conversation, user: string, password: string): Promise<string> {
	await server.until(sieveEnd);
	server.write("STARTTLS\r\n");
	await server.until(sieveEnd);
	await server.secure();
	await server.until(sieveEnd);
	return await askSieve(server, `AUTHENTICATE "PLAIN" "${plain(user, password)}"`);
}

/** One command of ManageSieve. @returns the response */
export async function askSieve(server: Conversation, command: string): Promise<string> {
	server.write(`${command}\r\n`);
	return await server.until(sieveEnd);
}

const sieveEnd = /(?:^|\n)(?:OK|NO|BYE)\b[^\n]*\r\n/;

/** The port of submission with TLS and, if a user is given, a login. @returns the reply to the last step */
export async function logIn(
	server: Conversation,
	{
		implicit,
		user,
		password,
	}: { readonly implicit: boolean; readonly user: string; readonly password: string },
): Promise<string> {
	if (implicit) await server.secure();
	await greet(server);
	if (!implicit) {
		await server.ask("STARTTLS");
		await server.secure();
		await server.ask("EHLO client.example.net");
	}
	return await server.ask(`AUTH PLAIN ${plain(user, password)}`);
}
