import { join } from "node:path";
import { defined } from "../../../config/schema/defined.ts";
import type { Target } from "../harness/client-program.ts";
import type { Daemon } from "../harness/daemon.ts";
import type { Host } from "../harness/host.ts";
import { factsOf, type Reply } from "../harness/resp.ts";
import { waitFor } from "../harness/wait-for.ts";
import type { RedisLab } from "./redis-lab.ts";

/** Milliseconds in which a program that runs answers on a busy machine; one that has ended refuses at once. */
const patience = 5000;

/** What starts the processes of a node, one for each of its containers: first a Redis server, then a Sentinel. */
export type StartNode = (node: LabNode) => readonly (() => Daemon)[];

/** What a node does before its processes are asked to end. */
export type StopNode = (node: LabNode) => Promise<void>;

export interface LabNodeProps {
	readonly ordinal: number;
	/** Name in DNS. */
	readonly name: string;
	readonly host: Host;
	readonly startNode: StartNode;
	readonly stopNode: StopNode | undefined;
	readonly lab: RedisLab;
}

/** One pod of the stateful set. */
export class LabNode {
	readonly ordinal: number;
	readonly name: string;
	readonly host: Host;
	daemons: readonly Daemon[] = [];
	readonly #lab: RedisLab;
	readonly #startNode: StartNode;
	readonly #stopNode: StopNode | undefined;

	constructor({ ordinal, name, host, startNode, stopNode, lab }: LabNodeProps) {
		this.ordinal = ordinal;
		this.name = name;
		this.host = host;
		this.#startNode = startNode;
		this.#stopNode = stopNode;
		this.#lab = lab;
	}

	/** What survives the pod. */
	get volume(): string {
		return join(this.host.folder, "data");
	}

	/** As whom the set's own programs log in, where they have a login. */
	#target(port: number): Target {
		return { host: this.host.address, port, ...defined({ login: this.#lab.login }) };
	}

	start(): void {
		this.daemons = this.#startNode(this).map((start) => start());
	}

	/** Starts those of its processes again that have ended. @returns how many these are */
	restartEnded(): number {
		const before = this.daemons;
		this.daemons = this.#startNode(this).map((start, index) => {
			const daemon = before[index];
			return daemon?.running ? daemon : start();
		});
		return this.daemons.filter((daemon) => !before.includes(daemon)).length;
	}

	/** Ends as the kubelet ends a pod. */
	async stop(): Promise<void> {
		await this.#stopNode?.(this);
		await Promise.all(this.daemons.map((daemon) => daemon.stop()));
	}

	/** Loses every process at once. */
	async kill(): Promise<void> {
		await Promise.all(this.daemons.map((daemon) => daemon.kill()));
	}

	command(...args: string[]): Promise<Reply> {
		return this.#lab.client.command(this.#target(6379), args, patience);
	}

	sentinel(...args: string[]): Promise<Reply> {
		return this.#lab.client.command(this.#target(26379), args, patience);
	}

	/** Waits until every acknowledged write is in its append-only file, so that it survives the process. */
	async written(): Promise<void> {
		const inFile = async () =>
			/^aof_buffer_length:0\r$/m.test(String(await this.command("INFO", "persistence")));
		await waitFor(`${this.name} has written its file`, inFile, { within: 30_000 });
	}

	/** What its Sentinel says of the master. @throws when that does not answer */
	async watched(): Promise<Readonly<Record<string, string>>> {
		return factsOf(await this.sentinel("SENTINEL", "master", "mymaster"));
	}

	/** Fields of `INFO replication`; none while the node does not answer. */
	async replication(): Promise<Record<string, string>> {
		const text = String(await this.command("INFO", "replication").catch(() => ""));
		return Object.fromEntries(
			text.split("\r\n").flatMap((line) => {
				const [name, value] = line.split(/:(.*)/);
				return name && value !== undefined ? [[name, value]] : [];
			}),
		);
	}

	async role(): Promise<string | undefined> {
		return (await this.replication()).role;
	}
}
