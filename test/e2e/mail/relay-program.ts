/**
 * Runs inside a host's namespace: a relay as Postfix' client knows one. It takes mail over TLS and after a login only,
 * and tells its parent of each message; see relay.ts. Environment: PORT, KEY, CERTIFICATE
 * (paths), TLS ("required" after STARTTLS, or "implicit"); SIZE, the largest message that it says it takes, or 0; REFUSES,
 * "yes" for every login.
 */
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/** A message that was taken, and who brought it. */
export interface Relayed {
	/** Login and password with a colon between. */
	readonly login: string;
	readonly from: string;
	readonly to: readonly string[];
	/** Header and body. */
	readonly text: string;
}

const { PORT, KEY = "", CERTIFICATE = "", TLS, SIZE, REFUSES } = process.env;
const secureContext = createSecureContext({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) });

function serve(socket: Socket, secured: boolean): void {
	let [pending, login, from, text] = ["", "", "", ""];
	let to: string[] = [];
	let inData = false;
	const say = (line: string) => socket.write(`${line}\r\n`);
	const data = (line: string) => {
		if (line !== ".") {
			text += `${line.replace(/^\./, "")}\r\n`;
			return;
		}
		inData = false;
		process.send?.({ login, from, to, text } satisfies Relayed);
		say("250 2.0.0 taken");
	};
	const command = (line: string) => {
		const [verb = ""] = line.toUpperCase().split(/[ :]/);
		const address = /<(.*?)>/.exec(line)?.[1] ?? "";
		if (verb === "EHLO") say(`250-relay\r\n250-SIZE ${SIZE}\r\n250 ${secured ? "AUTH PLAIN" : "STARTTLS"}`);
		else if (verb === "STARTTLS") {
			say("220 go ahead");
			socket.removeAllListeners("data");
			serve(new TLSSocket(socket, { isServer: true, secureContext }), true);
		} else if (verb === "AUTH" && REFUSES === "yes") say("535 5.7.8 no such login");
		else if (verb === "AUTH") {
			login = Buffer.from(line.split(" ")[2] ?? "", "base64")
				.toString()
				.split("\0")
				.slice(1)
				.join(":");
			say("235 2.7.0 welcome");
		} else if (verb === "QUIT") socket.end("221 bye\r\n");
		else if (login === "") say("530 5.7.0 log in first");
		else if (verb === "MAIL") {
			[from, to, text] = [address, [], ""];
			say("250 ok");
		} else if (verb === "RCPT") {
			to = [...to, address];
			say("250 ok");
		} else if (verb === "DATA") {
			inData = true;
			say("354 go on");
		} else say("500 5.5.2 unknown");
	};
	socket.on("error", () => {});
	socket.on("data", (bytes) => {
		const lines = (pending + bytes.toString("latin1")).split("\r\n");
		pending = lines.pop() ?? "";
		for (const line of lines) (inData ? data : command)(line);
	});
}

createServer((plain) => {
	const secured = TLS === "implicit";
	const socket = secured ? new TLSSocket(plain, { isServer: true, secureContext }) : plain;
	serve(socket, secured);
	socket.write("220 relay ESMTP\r\n");
}).listen(Number(PORT), () => process.send?.("listening"));
process.on("disconnect", () => process.exit());
