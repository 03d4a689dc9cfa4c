import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabProgram } from "../control-plane.ts";
import type { Lab } from "../lab-state.ts";

export interface Door {
	/** Port of loopback outside. @default none: only the socket in the network's folder leads in */
	readonly outside?: number;
	readonly inside: number;
	/** @default loopback */
	readonly from?: string;
}

export interface NetworkSettings {
	/** API server, which is reached by the same address inside. */
	readonly access: Pick<Lab, "host" | "token" | "caFile">;
	/** Networks in CIDR notation whose every address is inside: those of pods, Services and clients. */
	readonly networks: readonly string[];
	/** Ports of loopback outside that lead to one of loopback inside, as a client with the address `from`. */
	readonly doors: Readonly<Record<string, Door>>;
	/** Nodes that run containers in it, which takes root. @default none */
	readonly nodes?: {
		/** Addresses of the nodes, the first of which is that of programs of the network. */
		readonly addresses: readonly string[];
		/** Network of Services in CIDR notation, for which kube-proxy answers. */
		readonly services: string;
		/** What they keep. */
		readonly folder: string;
	};
}

/** Where the folder of the nodes is inside: paths of sockets have 108 characters (unix(7)). */
export const nodesFolder = "/run/nodes";

/** Files of the network, from its folder. */
export const settingsFile = "network.json";
export const pidFile = "network.pid";
export const resolvConf = "resolv.conf";
export const sockets = { api: "api.sock", door: (name: string) => `door-${name}.sock` } as const;

/**
 * The network of a simulated cluster: a namespace of the kernel in which the addresses of all pods and Services answer,
 * and nothing else can be reached but the API server. Programs that serve the cluster run inside, and are reached by
 * its doors.
 */
export class ClusterNetwork {
	readonly settings: NetworkSettings;
	readonly #folder: string;

	/**
	 * Writes the files of the network.
	 *
	 * @param folder where it is made
	 * @param nameServer address of a Service, where names are asked for
	 */
	constructor(folder: string, nameServer: string, settings: NetworkSettings) {
		this.settings = settings;
		this.#folder = folder;
		mkdirSync(folder, { mode: 0o700 });
		writeFileSync(this.#settings, JSON.stringify(settings), { mode: 0o600 });
		writeFileSync(join(folder, resolvConf), `nameserver ${nameServer}\noptions ndots:1\n`);
	}

	get #settings(): string {
		return join(this.#folder, settingsFile);
	}

	/** What holds the network open. */
	get program(): LabProgram {
		return {
			names: ["cluster-network"],
			prefix: [process.execPath],
			file: fileURLToPath(new URL("./program.ts", import.meta.url)),
			args: [this.#settings],
		};
	}

	/** Whether programs can be started inside. */
	get isOpen(): boolean {
		return existsSync(join(this.#folder, pidFile));
	}

	/** Command that runs another one inside. */
	get inside(): readonly string[] {
		const spaces = this.settings.nodes ? ["--pid"] : ["--user", "--preserve-credentials"];
		return ["nsenter", "--target", this.#pid, "--net", "--mount", ...spaces];
	}

	/** The root that programs have inside, as the machine sees it. */
	get root(): string {
		return `/proc/${this.#pid}/root`;
	}

	get #pid(): string {
		return readFileSync(join(this.#folder, pidFile), "utf8");
	}
}
