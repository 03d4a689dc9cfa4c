import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Attempt, Request, Target } from "./client-program.ts";
import type { Host } from "./host.ts";
import type { Reply } from "./resp.ts";

/** Speaks to the daemons of a network from inside it. */
export class Client {
	readonly #process: ChildProcess;
	readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
	#requests = 0;

	constructor(host: Host) {
		const program = join(import.meta.dirname, "client-program.ts");
		this.#process = spawn("ip", host.inside(process.execPath, [program]), {
			stdio: ["ignore", "inherit", "inherit", "ipc"],
			env: { PATH: process.env.PATH },
		});
		this.#process.on("message", ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
			if (error === undefined) this.#waiting.get(id)?.resolve(value);
			else this.#waiting.get(id)?.reject(new Error(error));
			this.#waiting.delete(id);
		});
		this.#process.on("exit", () => {
			for (const { reject } of this.#waiting.values()) reject(new Error("the client has ended"));
		});
	}

	/** One Redis command. @param timeout milliseconds @throws when Redis refuses or does not answer */
	async command(target: Target, args: readonly string[], timeout = 1000): Promise<Reply> {
		return (await this.#ask({ do: "command", target, args, timeout })) as Reply;
	}

	/** Several Redis commands at once. @param timeout milliseconds @throws when Redis refuses one, or does not answer */
	async commands(
		target: Target,
		commands: readonly (readonly string[])[],
		timeout = 1000,
	): Promise<readonly Reply[]> {
		return (await this.#ask({ do: "commands", target, commands, timeout })) as Reply[];
	}

	/** One HTTP request. @param timeout milliseconds */
	async get(url: string, timeout = 1000): Promise<{ readonly status: number; readonly body: string }> {
		return (await this.#ask({ do: "get", url, timeout })) as { status: number; body: string };
	}

	/** Opens connections and leaves them idle. @returns how many the other side's kernel has taken */
	async hold(target: Target, connections: number): Promise<number> {
		return (await this.#ask({ do: "hold", target, connections })) as number;
	}

	/** Sends a text over a connection of its own, and never reads the answer. */
	async ignore(target: Target, text: string): Promise<void> {
		await this.#ask({ do: "ignore", target, text });
	}

	/**
	 * One command many times, one after the other; `#` in it becomes the number of one of the keys.
	 *
	 * @param options `pause` between two of them, in milliseconds @returns how many Redis has taken
	 */
	async repeat(
		target: Target,
		args: readonly string[],
		options: { readonly keys: number; readonly times: number; readonly pause: number },
	): Promise<number> {
		return (await this.#ask({ do: "repeat", target, args, ...options })) as number;
	}

	/**
	 * Writes a new key every 50 ms, over a new connection each, giving up after half a second.
	 *
	 * @param options `prefix` of the keys; `wait`: asks of each write whether a replica has it
	 */
	async startWriting(
		target: Target,
		{ prefix = "probe", wait = false }: { readonly prefix?: string; readonly wait?: boolean } = {},
	): Promise<void> {
		await this.#ask({ do: "start-writing", target, every: 50, timeout: 500, prefix, wait });
	}

	async stopWriting(): Promise<readonly Attempt[]> {
		return (await this.#ask({ do: "stop-writing" })) as Attempt[];
	}

	[Symbol.dispose](): void {
		this.#process.kill("SIGKILL");
	}

	#ask(request: Request): Promise<unknown> {
		const id = ++this.#requests;
		const answer = Promise.withResolvers<unknown>();
		this.#waiting.set(id, answer);
		this.#process.send({ id, request }, (error) => {
			if (error) answer.reject(error);
		});
		return answer.promise;
	}
}
