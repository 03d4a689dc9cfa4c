import { join } from "node:path";
import { reviewKey } from "../../../constructs/vault/transit-engine.ts";
import { vaultServer } from "../../../lab/vault-server.ts";
import { Daemon } from "./daemon.ts";
import { freePortPair } from "./free-port.ts";
import { vaultProgram } from "./programs.ts";
import { waitFor } from "./wait-for.ts";

export interface VaultAnswer {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	readonly body: any;
}

/** Of a start, which nothing is claimed about. */
const start = { within: 60_000 };

/** A Vault-compatible server in development mode on loopback: in memory, unsealed, with a known root token. */
export class VaultServer {
	readonly address: string;
	readonly rootToken = "root-token-of-a-test";
	readonly #daemon: Daemon;

	private constructor(folder: string, port: number) {
		this.address = `http://127.0.0.1:${port}`;
		const { args } = vaultServer(folder, port, this.rootToken);
		this.#daemon = new Daemon(vaultProgram ?? "vault", args, {
			logFile: join(folder, "vault.log"),
			env: { PATH: process.env.PATH, HOME: folder },
		});
	}

	static async start(folder: string): Promise<VaultServer> {
		const server = new VaultServer(folder, await freePortPair());
		await waitFor("Vault answers", async () => (await server.ask("GET", "sys/health")).status === 200, start);
		// The engine that it mounts itself refuses everything while it prepares its store.
		await waitFor(
			"its entries",
			async () => (await server.ask("GET", "secret/config")).status === 200,
			start,
		);
		return server;
	}

	/** Asks the API below `/v1/`. @param token without one, the root token */
	async ask(method: string, path: string, body?: object, token = this.rootToken): Promise<VaultAnswer> {
		const response = await fetch(`${this.address}/v1/${path}`, {
			method,
			headers: {
				"X-Vault-Token": token,
				...(method === "PATCH" ? { "Content-Type": "application/merge-patch+json" } : {}),
			},
			...(body ? { body: JSON.stringify(body) } : {}),
			signal: AbortSignal.timeout(30_000),
		});
		const answer = await response.text();
		return { status: response.status, body: answer === "" ? {} : JSON.parse(answer) };
	}

	/** As `ask`, for preparations that must work. */
	async must(method: string, path: string, body?: object): Promise<VaultAnswer["body"]> {
		const answer = await this.ask(method, path, body);
		if (answer.status >= 300)
			throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	/** Makes the key that reviews are signed by, as the stack `vault` does. */
	async makeReviewKey(): Promise<void> {
		await this.must("POST", `sys/mounts/${reviewKey.mount}`, { type: "transit" });
		await this.must("POST", `${reviewKey.mount}/keys/${reviewKey.name}`, {});
	}

	async stop(): Promise<void> {
		await this.#daemon.stop();
	}
}
