/**
 * Runs inside a client's namespace, as a process of its own, so that a busy test never disturbs what it measures.
 * Its parent asks over the IPC channel; see client.ts.
 */
import { connect } from "node:net";
import { RedisError, type Reply, sendCommand, sendCommands } from "./resp.ts";

export type Login = readonly [user: string, password: string];

export interface Target {
	readonly host: string;
	readonly port: number;
	/** User and password. @default nobody logs in */
	readonly login?: Login;
}

export type Request =
	| {
			readonly do: "command";
			readonly target: Target;
			readonly args: readonly string[];
			readonly timeout: number;
	  }
	| {
			readonly do: "commands";
			readonly target: Target;
			readonly commands: readonly (readonly string[])[];
			readonly timeout: number;
	  }
	| { readonly do: "hold"; readonly target: Target; readonly connections: number }
	| { readonly do: "ignore"; readonly target: Target; readonly text: string }
	| {
			readonly do: "repeat";
			readonly target: Target;
			readonly args: readonly string[];
			readonly keys: number;
			readonly times: number;
			readonly pause: number;
	  }
	| { readonly do: "get"; readonly url: string; readonly timeout: number }
	| {
			readonly do: "start-writing";
			readonly target: Target;
			readonly every: number;
			readonly timeout: number;
			readonly prefix: string;
			readonly wait: boolean;
	  }
	| { readonly do: "stop-writing" };

/** One write: its key, when it began (`Date.now()`), and `acknowledged` or the reason why not. */
export interface Attempt {
	readonly key: string;
	readonly at: number;
	readonly outcome: string;
	/** Whether a replica has said that it has the write, too. Where nobody waits for that: false */
	readonly held: boolean;
}

let stopWriting: (() => Promise<Attempt[]>) | undefined;

async function answer(request: Request): Promise<unknown> {
	switch (request.do) {
		case "command":
			return await sendCommand(request.target, request.args, request.timeout);
		case "commands":
			return await replies(request);
		case "hold":
			return await hold(request.target, request.connections);
		case "ignore":
			return await ignore(request.target, request.text);
		case "repeat":
			return await repeat(request);
		case "get": {
			const response = await fetch(request.url, { signal: AbortSignal.timeout(request.timeout) });
			return { status: response.status, body: await response.text() };
		}
		case "start-writing":
			stopWriting = startWriting(request);
			return null;
		case "stop-writing":
			return await stopWriting?.();
	}
}

/** Opens connections and leaves them idle until this process ends. @returns how many were opened */
async function hold(target: Target, connections: number): Promise<number> {
	const opened = Array.from(
		{ length: connections },
		() =>
			new Promise<boolean>((resolve) => {
				const socket = connect(target);
				socket.once("connect", () => resolve(true));
				socket.on("error", () => resolve(false));
			}),
	);
	return (await Promise.all(opened)).filter(Boolean).length;
}

/** Sends a text, and never reads what comes back. */
function ignore(target: Target, text: string): Promise<null> {
	return new Promise((resolve) => {
		const socket = connect(target, () => socket.write(text, "latin1"));
		socket.pause();
		socket.on("error", () => {});
		setTimeout(() => resolve(null), 50);
	});
}

/**
 * One command after the other over one connection, its `#` the number of a key. What is refused because a replica is late is
 * sent again. @returns how many were taken
 */
function repeat({ target, args, keys, times, pause }: Request & { do: "repeat" }): Promise<number> {
	return new Promise((resolve, reject) => {
		const socket = connect(target);
		let sent = 0;
		let taken = 0;
		const next = () => {
			if (sent === times) {
				socket.destroy();
				resolve(taken);
				return;
			}
			const words = args.map((word) => word.replace("#", String(sent % keys)));
			sent++;
			socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`);
		};
		socket.once("connect", next);
		// A status or an error is one line.
		socket.on("data", (reply) => {
			const said = reply.toString("latin1");
			if (said.startsWith("+")) taken++;
			if (said.startsWith("-NOREPLICAS")) sent--;
			setTimeout(next, said.startsWith("-") ? 100 : pause);
		});
		socket.once("error", reject);
		socket.once("close", () => reject(new Error("closed")));
	});
}

/** What Redis answers to commands sent at once. @throws RedisError when it refuses one of them */
async function replies({ target, commands, timeout }: Request & { do: "commands" }): Promise<Reply[]> {
	return (await sendCommands(target, commands, timeout)).map((reply) => {
		if (reply instanceof RedisError) throw reply;
		return reply;
	});
}

/** Writes a new key over a new connection at a fixed pace, whether or not earlier writes are answered. */
function startWriting({ target, every, timeout, prefix, wait }: Request & { do: "start-writing" }) {
	const attempts: Promise<Attempt>[] = [];
	const timer = setInterval(() => {
		attempts.push(attempt(target, `${prefix}:${attempts.length}`, timeout, wait));
	}, every);
	return () => {
		clearInterval(timer);
		return Promise.all(attempts);
	};
}

/** @param wait whether to ask, over the same connection, if a replica has it: not to know counts as a failure then */
async function attempt(target: Target, key: string, timeout: number, wait: boolean): Promise<Attempt> {
	const at = Date.now();
	const commands = [["SET", key, String(at)], ...(wait ? [["WAIT", "1", String(timeout * 0.8)]] : [])];
	try {
		const [written, replicas] = await sendCommands(target, commands, timeout);
		if (written instanceof RedisError) throw written;
		return { key, at, outcome: "acknowledged", held: Number(replicas) > 0 };
	} catch (error) {
		return { key, at, outcome: reason(error), held: false };
	}
}

/** `READONLY`, `NOREPLICAS` and the like when Redis answered, else `refused`, `closed`, `timeout`. */
function reason(error: unknown): string {
	if (error instanceof RedisError) return error.message.split(" ")[0] ?? "";
	const { code = "" } = error as NodeJS.ErrnoException;
	const names: Record<string, string> = {
		ECONNREFUSED: "refused",
		ECLOSED: "closed",
		ECONNRESET: "closed",
		EPIPE: "closed",
		ETIMEDOUT: "timeout",
	};
	return names[code] ?? code;
}

/** Whoever asked may have ended meanwhile. */
const reply = (message: object) => process.send?.(message, () => {});
process.on("message", async ({ id, request }: { id: number; request: Request }) => {
	try {
		reply({ id, value: await answer(request) });
	} catch (error) {
		reply({ id, error: (error as Error).message });
	}
});
process.on("disconnect", () => process.exit());
