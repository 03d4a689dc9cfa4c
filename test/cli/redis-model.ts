import { batchOf, decideAll, type Question, type World } from "./redis-decide.ts";

export const names = ["a", "b", "c"] as const;
export type Name = (typeof names)[number];

/** A node of a model in which a second is a step. */
export interface ModelNode {
	readonly name: Name;
	up: boolean;
	/** Whether the operator has told the others that it never comes back. */
	lost: boolean;
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

/** What a node wants to know, from its start until it leads or may be elected. */
function questionOf({ up, memory, role, loads, eligible }: ModelNode): Question[0] | undefined {
	if (!up) return;
	if (memory === undefined) return "set";
	if (role === "none") return loads === 0 ? "role" : undefined;
	return role === "master" || eligible ? undefined : "candidate";
}

/** Asks each question once, and many at once: decisions are pure, and few are unlike. */
export class Decisions {
	readonly #known = new Map<string, string>();
	readonly #text: string | undefined;

	/** @param text of decide.awk. @default the deployed one */
	constructor(text?: string) {
		this.#text = text;
	}

	/** Steps models, each by one second. @param writes of each */
	step(models: readonly Model[], writes: (index: number) => number): void {
		const asked = models.map((model) =>
			model.questions().map((question) => ({ question, key: JSON.stringify(question) })),
		);
		const unknown = new Map(
			asked.flat().flatMap(({ question, key }) => (this.#known.has(key) ? [] : [[key, question]])),
		);
		if (unknown.size > 0) {
			const answers = decideAll(batchOf([...unknown.values()]), this.#text);
			for (const [index, key] of [...unknown.keys()].entries()) this.#known.set(key, answers[index] ?? "");
		}
		for (const [index, model] of models.entries())
			model.step(
				(asked[index] ?? []).map(({ key }) => this.#known.get(key) ?? ""),
				writes(index),
			);
	}
}

/** What a set of three does from the start of its nodes on: its decisions are the deployed ones, Sentinel is a model. */
export class Model {
	/** Groups of writes that a master and a replica have taken. */
	acknowledged: number;
	/** What nodes said that wait, at the last step. */
	waits: string[] = [];
	readonly nodes: readonly ModelNode[];
	#settled = false;
	#asked: [ModelNode, Question][] = [];
	#leaderless = 0;
	#handOver = false;

	constructor(nodes: readonly ModelNode[], acknowledged: number) {
		this.nodes = nodes;
		this.acknowledged = acknowledged;
	}

	get master(): ModelNode | undefined {
		return this.nodes.find(({ up, role }) => up && role === "master");
	}

	/** Whether everybody is there and has its role, and a step would change nothing but the writes. */
	get settled(): boolean {
		return this.#settled;
	}

	/** Begins a second. @returns what its nodes want to know */
	questions(): readonly Question[] {
		const world = this.#world();
		for (const node of this.nodes) if (node.up && node.loads > 0) node.loads--;
		this.#asked = this.nodes.flatMap((node): [ModelNode, Question][] => {
			const question = questionOf(node);
			return question === undefined ? [] : [[node, [question, node.name, world]]];
		});
		return this.#asked.map(([, question]) => question);
	}

	/**
	 * Ends the second.
	 *
	 * @param answers to its questions; @param writes bit of the writes that are taken in it, if a replica takes them, too
	 */
	step(answers: readonly string[], writes: number): void {
		this.waits = answers.filter((answer) => answer.startsWith("wait "));
		for (const [index, [node, [question]]] of this.#asked.entries())
			this.#decide(node, question, answers[index] ?? "");
		this.#failOver();
		this.#gossip();
		const followers = this.master?.followers;
		this.#replicate(writes);
		this.#settled =
			this.#asked.length === 0 &&
			this.nodes.every(({ up, lost }) => up || lost) &&
			this.#leaderless === 0 &&
			followers !== undefined &&
			followers === this.master?.followers;
	}

	#world(): World {
		return Object.fromEntries(
			this.nodes.map(({ name, up, lost, loads, memory, generation, role }) => [
				name,
				up
					? {
							...(memory === undefined ? {} : { memory }),
							data: loads > 0 ? ("silent" as const) : (generation ?? "empty"),
							leads: role === "master",
						}
					: { data: lost ? ("lost" as const) : ("silent" as const) },
			]),
		);
	}

	#decide(node: ModelNode, question: Question[0], answer: string): void {
		const [word = "", other] = answer.split(" ");
		if (word === "wait") return;
		if (question === "set") node.memory = [Number(other), word as Name];
		else if (question === "candidate") node.eligible = word === "candidate";
		else if (word === "replica") node.role = other as Name;
		else if (word === "hand-over") this.#handOver = true;
		else if (word === "master") {
			node.role = "master";
			node.generation = (node.generation ?? 0) + 1;
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
