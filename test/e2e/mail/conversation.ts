import type { Socket } from "node:net";
import { connect } from "node:tls";
import { since } from "../harness/wait-for.ts";
import type { Accepted } from "./dialer.ts";

/** The longest that a server of these tests may be silent, in milliseconds. */
const silenceLimit = 30_000;

/** A dialogue in lines with a server, in clear or under TLS. */
export class Conversation {
	/** When the connection was asked for (`Date.now()`). */
	readonly start: number;
	#socket: Socket;
	#text = "";
	#ended = false;
	#wake = Promise.withResolvers<void>();

	constructor({ socket, at }: Accepted) {
		this.start = at;
		this.#socket = socket;
		this.#listen();
	}

	/** Waits until what was received matches, and takes everything up to the end of the match. */
	async until(pattern: RegExp, within = silenceLimit): Promise<string> {
		const deadline = Date.now() + within;
		for (;;) {
			const match = pattern.exec(this.#text);
			if (match) {
				const end = match.index + match[0].length;
				const taken = this.#text.slice(0, end);
				this.#text = this.#text.slice(end);
				return taken;
			}
			if (this.#ended) throw new Error(`closed after ${JSON.stringify(this.#text)}`);
			await this.#news(deadline, pattern);
		}
	}

	/** Everything until the server closes; and how long that took, in milliseconds since the beginning. */
	async untilClosed(within = silenceLimit): Promise<{ readonly text: string; readonly after: number }> {
		const deadline = Date.now() + within;
		while (!this.#ended) await this.#news(deadline, "the end");
		return { text: this.#text, after: since(this.start) };
	}

	/** One reply of SMTP (RFC 5321, section 4.2), however many lines it has. */
	async reply(): Promise<string> {
		return (await this.until(/(?:^|\n)\d{3}(?: [^\n]*)?\r\n/)).replaceAll("\r", "").trim();
	}

	async ask(line: string): Promise<string> {
		this.write(`${line}\r\n`);
		return await this.reply();
	}

	/** @param name tagged command of IMAP (RFC 9051) */
	async imap(command: string): Promise<string> {
		this.write(`a ${command}\r\n`);
		return await this.until(/(?:^|\n)a (?:OK|NO|BAD)[^\n]*\r\n/);
	}

	write(text: string | Uint8Array): void {
		this.#socket.write(text);
	}

	/** Begins TLS; the certificate is one of the tests and is not judged. */
	async secure(): Promise<this> {
		this.#socket.removeAllListeners("data");
		const secured = connect({ socket: this.#socket, rejectUnauthorized: false });
		await new Promise<void>((resolve, reject) => {
			secured.once("secureConnect", resolve);
			secured.once("error", reject);
			secured.once("close", () => reject(new Error("closed during the handshake")));
		});
		this.#socket = secured;
		this.#listen();
		return this;
	}

	close(): void {
		this.#socket.destroy();
	}

	[Symbol.dispose](): void {
		this.close();
	}

	#listen(): void {
		this.#socket.on("data", (bytes) => {
			this.#text += bytes.toString("latin1");
			this.#wake.resolve();
		});
		for (const event of ["end", "error", "close"])
			this.#socket.on(event, () => {
				this.#ended = true;
				this.#wake.resolve();
			});
	}

	async #news(deadline: number, awaited: unknown): Promise<void> {
		const rest = deadline - Date.now();
		if (rest <= 0) throw new Error(`no ${awaited} in time, but ${JSON.stringify(this.#text)}`);
		let timer: NodeJS.Timeout | undefined;
		await Promise.race([
			this.#wake.promise,
			new Promise((resolve) => {
				timer = setTimeout(resolve, rest);
			}),
		]);
		clearTimeout(timer);
		this.#wake = Promise.withResolvers();
	}
}
