import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../../../../lab/free-port.ts";
import type { Relayed } from "../relay-program.ts";

/** A server that takes mail after STARTTLS and a login, on loopback; see relay-program.ts. */
export class Submission {
	/** As the probe is told of it. */
	readonly listener: {
		readonly name: string;
		readonly tls: string;
		readonly host: string;
		readonly port: number;
	};
	readonly #process: ChildProcess;

	private constructor(port: number, process: ChildProcess) {
		this.listener = { name: "sub", tls: "required", host: "127.0.0.1", port };
		this.#process = process;
	}

	/** @param take gets each message */
	static async start(
		{ key, certificate }: { readonly key: string; readonly certificate: string },
		take: (message: Relayed) => void,
	): Promise<Submission> {
		const port = await freePort();
		const child = fork(join(import.meta.dirname, "../relay-program.ts"), {
			env: {
				PATH: process.env.PATH,
				PORT: String(port),
				TLS: "required",
				KEY: key,
				CERTIFICATE: certificate,
			},
		});
		await new Promise<void>((resolve, reject) => {
			child.once("message", () => resolve());
			child.once("exit", () => reject(new Error("the submission server has ended")));
		});
		child.on("message", (message: Relayed) => take(message));
		return new Submission(port, child);
	}

	[Symbol.dispose](): void {
		this.#process.kill("SIGKILL");
	}
}
