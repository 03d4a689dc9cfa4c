import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Host } from "../harness/host.ts";
import { waitFor } from "../harness/wait-for.ts";
import type { Relayed } from "./relay-program.ts";

export interface RelayProps {
	readonly port: number;
	/** After STARTTLS, or from the first byte. */
	readonly tls: "required" | "implicit";
	/** Path of its private key. */
	readonly key: string;
	/** Path of its certificate. */
	readonly certificate: string;
	/** The largest message that it says it takes, in bytes. @default 0, which says nothing */
	readonly size?: number;
	/** Whether it refuses every login. @default false */
	readonly refuses?: boolean;
}

/** A relay outside of the pod; see relay-program.ts. It ends with the tests. */
export class Relay {
	/** Everything that it took, in order. */
	readonly taken: Relayed[] = [];
	readonly #process: ChildProcess;

	private constructor(host: Host, { port, tls, key, certificate, size = 0, refuses = false }: RelayProps) {
		const program = join(import.meta.dirname, "relay-program.ts");
		this.#process = spawn("ip", host.inside(process.execPath, [program]), {
			stdio: ["ignore", "inherit", "inherit", "ipc"],
			env: {
				PATH: process.env.PATH,
				PORT: String(port),
				TLS: tls,
				KEY: key,
				CERTIFICATE: certificate,
				SIZE: String(size),
				REFUSES: refuses ? "yes" : "no",
			},
		});
	}

	static async start(host: Host, props: RelayProps): Promise<Relay> {
		const relay = new Relay(host, props);
		await new Promise<void>((resolve, reject) => {
			relay.#process.once("message", () => resolve());
			relay.#process.once("exit", () => reject(new Error("the relay has ended")));
		});
		relay.#process.on("message", (message: Relayed) => relay.taken.push(message));
		return relay;
	}

	/** Waits for a message whose text contains something. */
	async arrival(text: string): Promise<Relayed> {
		return await waitFor(
			`mail with ${text} at the relay`,
			() => this.taken.find((mail) => mail.text.includes(text)),
			{ within: 60_000 },
		);
	}

	[Symbol.dispose](): void {
		this.#process.kill("SIGKILL");
	}

	/** Ends it before another takes its port. */
	async [Symbol.asyncDispose](): Promise<void> {
		const ended = once(this.#process, "exit");
		this.#process.kill("SIGKILL");
		await ended;
	}
}
