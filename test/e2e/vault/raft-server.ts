import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { raftConfig, serverPaths } from "../../../constructs/vault/server/raft-config.ts";
import { serverName } from "../../../constructs/vault/server/values.ts";
import { vaultScript } from "../../../constructs/vault/server/vault-server.ts";
import type { Daemon } from "../harness/daemon.ts";
import type { Host } from "../harness/host.ts";
import type { Network } from "../harness/network.ts";
import { vaultProgram } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";

/** One pod of the chart, with its sidecar, in a network namespace of its own. */
export class RaftServer {
	readonly name: string;
	readonly #host: Host;
	readonly #keyFile: string;
	readonly #path: string;
	#daemons: readonly Daemon[] = [];

	/** @param replicas of the site */
	constructor(network: Network, ordinal: number, replicas: number) {
		this.name = `${serverName}-${ordinal}`;
		this.#host = network.addHost(this.name, `10.97.1.${ordinal + 1}/16`);
		this.#keyFile = join(network.folder, "unseal-key");
		const programs = join(this.#host.folder, "bin");
		mkdirSync(programs);
		symlinkSync(vaultProgram ?? "", join(programs, "vault"));
		this.#path = [programs, process.env.PATH].join(delimiter);
		const hosts = Array.from(
			{ length: replicas },
			(_, index) => `10.97.1.${index + 1} ${serverName}-${index}.${serverName}-internal`,
		);
		this.#host.setFiles({ hosts: ["127.0.0.1 localhost", ...hosts, ""].join("\n") });
		writeFileSync(join(this.#host.folder, "auto-unseal.sh"), vaultScript("auto-unseal.sh"));
		// The cluster is not there to register at; the chart writes the line about memory.
		const config = raftConfig(serverName, replicas)
			.replace(/^service_registration.*\n/m, "")
			.replace(serverPaths.data, this.#data);
		writeFileSync(join(this.#host.folder, "server.hcl"), `disable_mlock = true\n${config}`);
	}

	get #data(): string {
		return join(this.#host.folder, "data");
	}

	start(): void {
		mkdirSync(this.#data, { recursive: true });
		const name = `${this.name}.${serverName}-internal`;
		const env = {
			PATH: this.#path,
			HOME: this.#host.folder,
			// As the chart sets them.
			VAULT_API_ADDR: `http://${name}:8200`,
			VAULT_CLUSTER_ADDR: `https://${name}:8201`,
			VAULT_RAFT_NODE_ID: this.name,
		};
		const sidecar = {
			...env,
			VAULT_ADDR: "http://127.0.0.1:8200",
			UNSEAL_KEY_FILE: this.#keyFile,
			INTERVAL: "1",
		};
		const config = `-config=${join(this.#host.folder, "server.hcl")}`;
		this.#daemons = [
			this.#host.start("server", "vault", ["server", config], env),
			this.#host.start("auto-unseal", "/bin/sh", [join(this.#host.folder, "auto-unseal.sh")], sidecar),
		];
	}

	async kill(): Promise<void> {
		await Promise.all(this.#daemons.map((daemon) => daemon.kill()));
	}

	async loseVolume(): Promise<void> {
		await this.kill();
		rmSync(this.#data, { recursive: true });
	}

	cutOffFrom(servers: readonly RaftServer[]): void {
		this.#host.cutOffFrom(servers.map((server) => server.#host.address));
	}

	reconnectTo(servers: readonly RaftServer[]): void {
		this.#host.reconnectTo(servers.map((server) => server.#host.address));
	}

	/** What the command line prints; it ends with 2 for a server that is sealed. @throws when it fails */
	run(args: readonly string[], token = ""): string {
		const env = {
			PATH: this.#path,
			HOME: this.#host.folder,
			VAULT_ADDR: "http://127.0.0.1:8200",
			VAULT_TOKEN: token,
		};
		return this.#host.run("sh", ["-c", '"$@" || [ $? -eq 2 ]', "sh", "vault", ...args], env);
	}

	/** @throws when it is no JSON */
	ask(args: readonly string[], token = ""): Record<string, unknown> {
		return JSON.parse(this.run(args, token));
	}

	status(): Record<string, unknown> {
		return this.ask(["status", "-format=json"]);
	}

	/** Names of the servers that it knows. */
	members(token: string): readonly string[] {
		return this.#peers(token).map(({ node_id }) => node_id);
	}

	/** Those of them that have a vote, which a server gets some time after it has joined. */
	voters(token: string): readonly string[] {
		return this.#peers(token).flatMap(({ node_id, voter }) => (voter ? [node_id] : []));
	}

	#peers(token: string): readonly { readonly node_id: string; readonly voter: boolean }[] {
		const { data } = this.ask(["operator", "raft", "list-peers", "-format=json"], token) as {
			data: { config: { servers: { node_id: string; voter: boolean }[] } };
		};
		return data.config.servers.sort((one, other) => one.node_id.localeCompare(other.node_id));
	}

	keep(key: string): void {
		writeFileSync(this.#keyFile, key);
	}

	get logs(): string {
		return this.#daemons.map(({ log }) => log).join("\n");
	}
}

const within = 60_000;

/** Starts the first server and then the others, all of them unsealed and with a vote, and a KV engine. @returns a root token */
export async function found(servers: readonly RaftServer[]): Promise<string> {
	const [first, last] = [servers[0], servers.at(-1)] as [RaftServer, RaftServer];
	first.start();
	await waitFor("the first server answers", () => first.status(), { within });
	const init = ["operator", "init", "-key-shares=1", "-key-threshold=1", "-format=json"];
	const { unseal_keys_b64: keys, root_token: token } = first.ask(init) as {
		unseal_keys_b64: string[];
		root_token: string;
	};
	first.keep(keys[0] ?? "");
	await waitFor("it leads", () => first.members(token).length === 1, { within });
	for (const server of servers.slice(1)) server.start();
	const complete = () => first.voters(token).join() === servers.map(({ name }) => name).join();
	await waitFor("all have joined, and vote", complete, { within, every: 500 });
	await waitFor("the last is unsealed", () => last.status().sealed === false, { within });
	first.run(["secrets", "enable", "-path=secret", "kv-v2"], token);
	await waitFor("entries are taken", () => first.run(["kv", "put", "secret/app", "password=x"], token), {
		within,
	});
	return token;
}
