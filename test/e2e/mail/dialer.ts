import { type ChildProcess, type Serializable, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { join } from "node:path";
import type { Host } from "../harness/host.ts";
import type { Destination } from "./dialer-program.ts";

/** A connection, and when its client asked for it (`Date.now()`). */
export interface Accepted {
	readonly socket: Socket;
	readonly at: number;
}

/** Opens TCP connections from a host of the network for the tests, which live outside of it. */
export class Dialer {
	readonly #process: ChildProcess;
	readonly #waiting = new Map<number, PromiseWithResolvers<Accepted>>();
	#requests = 0;

	constructor(host: Host) {
		const program = join(import.meta.dirname, "dialer-program.ts");
		this.#process = spawn("ip", host.inside(process.execPath, [program]), {
			stdio: ["ignore", "inherit", "inherit", "ipc"],
			env: { PATH: process.env.PATH },
		});
		this.#process.on("message", (message: Serializable, handle) => {
			const { id, at = 0, error } = message as { id: number; at?: number; error?: string };
			if (error === undefined) this.#waiting.get(id)?.resolve({ socket: handle as Socket, at });
			else this.#waiting.get(id)?.reject(new Error(error));
			this.#waiting.delete(id);
		});
		this.#process.on("exit", () => {
			for (const { reject } of this.#waiting.values()) reject(new Error("the dialer has ended"));
		});
	}

	/** @throws when no server accepts the connection within 20 s */
	dial(destination: Destination): Promise<Accepted> {
		const id = ++this.#requests;
		const answer = Promise.withResolvers<Accepted>();
		this.#waiting.set(id, answer);
		this.#process.send({ id, destination }, (error) => {
			if (error) answer.reject(error);
		});
		return answer.promise;
	}

	[Symbol.dispose](): void {
		this.#process.kill("SIGKILL");
	}
}
