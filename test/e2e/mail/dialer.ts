import { type ChildProcess, type Serializable, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Host } from "../rig/host.ts";
import type { Destination } from "./dialer-program.ts";

/** Opens TCP connections from a host of the network for the tests, which live outside of it. */
export class Dialer {
	readonly #process: ChildProcess;
	readonly #waiting = new Map<number, PromiseWithResolvers<Socket>>();
	#requests = 0;

	constructor(host: Host) {
		const program = join(import.meta.dirname, "dialer-program.ts");
		this.#process = spawn("ip", host.inside(process.execPath, [program]), {
			stdio: ["ignore", "inherit", "inherit", "ipc"],
			env: { PATH: process.env.PATH },
		});
		this.#process.on("message", (message: Serializable, handle) => {
			const { id, error } = message as { id: number; error?: string };
			if (error === undefined) this.#waiting.get(id)?.resolve(handle as Socket);
			else this.#waiting.get(id)?.reject(new Error(error));
			this.#waiting.delete(id);
		});
		this.#process.on("exit", () => {
			for (const { reject } of this.#waiting.values()) reject(new Error("the dialer has ended"));
		});
	}

	/** @throws when nobody accepts the connection within 20 s */
	dial(destination: Destination): Promise<Socket> {
		const id = ++this.#requests;
		const answer = Promise.withResolvers<Socket>();
		this.#waiting.set(id, answer);
		this.#process.send({ id, destination });
		return answer.promise;
	}

	[Symbol.dispose](): void {
		this.#process.kill("SIGKILL");
	}
}
