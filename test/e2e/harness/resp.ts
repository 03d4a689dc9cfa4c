import { connect } from "node:net";
import type { Target } from "./client-program.ts";

export type Reply = string | number | null | Reply[];

/** An error that Redis itself answered; `message` begins with its code, such as `READONLY`. */
export class RedisError extends Error {}

/**
 * One command over a connection of its own, as RESP (https://redis.io/docs/latest/develop/reference/protocol-spec).
 *
 * @param timeout milliseconds for everything, from connecting to the whole reply
 * @throws RedisError when Redis refuses; Error with `code` `ECONNREFUSED`, `ECLOSED` or `ETIMEDOUT` when it is not
 * reached
 */
export async function sendCommand(target: Target, args: readonly string[], timeout: number): Promise<Reply> {
	const [reply = null] = await sendCommands(target, [args], timeout);
	if (reply instanceof RedisError) throw reply;
	return reply;
}

/** The same with several commands at once; those that Redis refuses are among the replies. */
export function sendCommands(
	{ host, port, login }: Target,
	commands: readonly (readonly string[])[],
	timeout: number,
): Promise<(Reply | RedisError)[]> {
	return new Promise((resolve, reject) => {
		const socket = connect({ host, port, noDelay: true });
		let received = "";
		const finish = (act: () => void) => {
			clearTimeout(timer);
			socket.destroy();
			act();
		};
		const fail = (code: string) =>
			finish(() => reject(Object.assign(new Error(`${commands[0]?.[0]}: ${code}`), { code })));
		const timer = setTimeout(() => fail("ETIMEDOUT"), timeout);
		// A server that does not know the user says so, and answers as it does to anybody.
		const ahead = login === undefined ? 0 : 1;
		socket.setEncoding("latin1");
		socket.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? "EUNKNOWN"));
		socket.on("close", () => fail("ECLOSED"));
		socket.on("data", (chunk) => {
			received += chunk;
			const replies = parseAll(received, ahead + commands.length);
			if (replies !== undefined) finish(() => resolve(replies.slice(ahead)));
		});
		socket.write([...(login === undefined ? [] : [["AUTH", ...login]]), ...commands].map(words).join(""));
	});
}

/** That many replies; undefined while one of them is incomplete. */
function parseAll(text: string, count: number): (Reply | RedisError)[] | undefined {
	const replies: (Reply | RedisError)[] = [];
	let from = 0;
	while (replies.length < count) {
		const parsed = parse(text, from);
		if (parsed === undefined) return undefined;
		replies.push(parsed[0]);
		from = parsed[1];
	}
	return replies;
}

function words(args: readonly string[]): string {
	return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join("")}`;
}

/** The reply that starts at `from`, and where it ends; undefined while it is incomplete. */
function parse(text: string, from: number): [Reply | RedisError, number] | undefined {
	const end = text.indexOf("\r\n", from);
	if (end < 0) return undefined;
	const line = text.slice(from + 1, end);
	const next = end + 2;
	switch (text[from]) {
		case "+":
			return [line, next];
		case "-":
			return [new RedisError(line), next];
		case ":":
			return [Number(line), next];
		case "$": {
			const length = Number(line);
			if (length < 0) return [null, next];
			return text.length < next + length + 2
				? undefined
				: [text.slice(next, next + length), next + length + 2];
		}
		case "*": {
			const items: Reply[] = [];
			let position = next;
			for (let left = Number(line); left > 0; left--) {
				const item = parse(text, position);
				if (item === undefined) return undefined;
				items.push(item[0] as Reply);
				position = item[1];
			}
			return [items, position];
		}
		default:
			throw new Error(`not a Redis reply: ${text.slice(from, from + 20)}`);
	}
}

/** Facts by name, of an answer that has names and values in turn, as those of Sentinel; none of any other answer. */
export function factsOf(reply: Reply): Readonly<Record<string, string>> {
	const list = Array.isArray(reply) ? reply.map(String) : [];
	return Object.fromEntries(
		list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ""]] : [])),
	);
}
