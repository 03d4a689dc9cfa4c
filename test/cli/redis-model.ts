import { decide, type World } from "./redis-decide.ts";

export const names = ["a", "b", "c"] as const;
export type Name = (typeof names)[number];

/** A node of a model in which a second is a step. */
export interface ModelNode {
	readonly name: Name;
	up: boolean;
	/** Seconds after its start in which its server still loads, and its Sentinel answers already. */
	loads: number;
	/** Configuration epoch and master that its Sentinel remembers. */
	memory: readonly [epoch: number, master: Name] | undefined;
	/** Of its data; none without data. */
	generation: number | undefined;
	/** Groups of writes that its data have, by their bits. */
	writes: number;
	role: "none" | "master" | Name;
	/** Whether it may be elected. */
	eligible: boolean;
	/** Replicas at the last step, in one text. */
	followers: string;
}

/** Decisions are pure, and few are unlike. */
const known = new Map<string, string>();
function decided(question: "set" | "role" | "candidate", self: Name, world: World): string {
	const key = JSON.stringify([question, self, world]);
	const answer = known.get(key) ?? decide(question, self, world);
	known.set(key, answer);
	return answer;
}

/** What a set of three does from the start of its nodes on: its decisions are the deployed ones, Sentinel is a model. */
export class Model {
	/** Groups of writes that a master and a replica have taken. */
	acknowledged: number;
	/** What nodes said that wait, at the last step. */
	waits: string[] = [];
	readonly nodes: readonly ModelNode[];
	#leaderless = 0;
	#handOver = false;

	constructor(nodes: readonly ModelNode[], acknowledged: number) {
		this.nodes = nodes;
		this.acknowledged = acknowledged;
	}

	get master(): ModelNode | undefined {
		return this.nodes.find(({ up, role }) => up && role === "master");
	}

	/** @param writes bit of the writes that are taken in this second, if a replica takes them, too */
	step(writes: number): void {
		this.waits = [];
		const world = this.#world();
		for (const node of this.nodes) if (node.up && node.loads > 0) node.loads--;
		for (const node of this.nodes) if (node.up) this.#decide(node, world);
		this.#failOver();
		this.#gossip();
		this.#replicate(writes);
	}

	#world(): World {
		return Object.fromEntries(
			this.nodes.map(({ name, up, loads, memory, generation, role }) => [
				name,
				up
					? {
							...(memory === undefined ? {} : { memory }),
							data: loads > 0 ? ("silent" as const) : (generation ?? "empty"),
							leads: role === "master",
						}
					: { data: "silent" as const },
			]),
		);
	}

	#decide(node: ModelNode, world: World): void {
		const ask = (question: "set" | "role" | "candidate") => {
			const answer = decided(question, node.name, world);
			if (answer.startsWith("wait ")) this.waits.push(answer);
			return answer.split(" ") as [string, string];
		};
		if (node.memory === undefined) {
			const [master, epoch] = ask("set");
			if (master !== "wait") node.memory = [Number(epoch), master as Name];
		} else if (node.role === "none" && node.loads === 0) {
			const [role, master] = ask("role");
			if (role === "replica") node.role = master as Name;
			if (role === "hand-over") this.#handOver = true;
			if (role === "master") {
				node.role = "master";
				node.generation = (node.generation ?? 0) + 1;
			}
		} else if (node.role !== "none" && node.role !== "master" && !node.eligible) {
			node.eligible = ask("candidate")[0] === "candidate";
		}
	}

	/** Sentinels take the worst of those that may be elected. */
	#failOver(): void {
		const voters = this.nodes.filter(({ up, memory }) => up && memory !== undefined);
		const [newest] = voters
			.map(({ memory }) => memory ?? [0, "a"])
			.sort(([one], [two]) => Number(two) - Number(one));
		const down = this.nodes.some(({ name, up }) => name === newest?.[1] && !up);
		this.#leaderless = voters.length > 1 && down ? this.#leaderless + 1 : 0;
		if (voters.length < 2 || (this.#leaderless < 5 && !this.#handOver)) return;
		const [elected] = this.nodes
			.filter(({ up, role, eligible }) => up && eligible && role !== "master" && role !== "none")
			.sort((one, two) => (one.generation ?? -1) - (two.generation ?? -1));
		if (elected === undefined || newest === undefined) return;
		elected.role = "master";
		elected.generation = (elected.generation ?? 0) + names.length;
		elected.memory = [Number(newest[0]) + 1, elected.name];
		this.#handOver = false;
	}

	/** Sentinels tell each other the newest epoch, and those that serve another master are turned to it. */
	#gossip(): void {
		const voters = this.nodes.filter(({ up, memory }) => up && memory !== undefined);
		const newest = Math.max(...voters.map(({ memory }) => memory?.[0] ?? -1));
		const memory = voters.find((node) => node.memory?.[0] === newest)?.memory;
		if (memory === undefined) return;
		for (const node of voters) {
			node.memory = memory;
			if (node.role !== "none" && node.name !== memory[1]) node.role = memory[1];
		}
	}

	#replicate(writes: number): void {
		const { master } = this;
		if (master === undefined) return;
		const replicas = this.nodes.filter(({ up, role }) => up && role === master.name);
		const followers = replicas.map(({ name }) => name).join();
		if (followers !== master.followers) master.generation = (master.generation ?? 0) + 1;
		master.followers = followers;
		if (replicas.length > 0) {
			master.writes |= writes;
			this.acknowledged |= writes;
		}
		for (const replica of replicas)
			Object.assign(replica, { generation: master.generation, writes: master.writes, eligible: true });
	}
}
