import { batchOf, decideAll, type Question, type World } from "./redis-decide.ts";

/** What decide.awk answers to every node of a world. */
interface Answers {
	readonly set: Readonly<Record<string, string>>;
	readonly role: Readonly<Record<string, string>>;
	readonly candidate: Readonly<Record<string, string>>;
	readonly fit: Readonly<Record<string, string>>;
}

/** What can be said of a world without deciding anything. */
class Heard {
	readonly nodes: readonly string[];
	readonly majority: number;
	/** That have a memory. */
	readonly members: readonly string[];
	readonly silent: readonly string[];
	readonly holders: readonly string[];
	/** Newest epoch, and the masters that the memories of it name. */
	readonly epoch: number;
	readonly named: readonly string[];
	readonly #world: World;

	constructor(world: World) {
		this.#world = world;
		this.nodes = Object.keys(world);
		this.majority = Math.floor(this.nodes.length / 2) + 1;
		this.members = this.nodes.filter(
			(node) => world[node]?.memory !== undefined && world[node].data !== "absent",
		);
		this.silent = this.nodes.filter((node) => ["silent", "absent"].includes(String(world[node]?.data)));
		this.holders = this.nodes.filter((node) => typeof world[node]?.data === "number");
		const memories = this.members.flatMap((node) => (world[node]?.memory ? [world[node].memory] : []));
		this.epoch = Math.max(-1, ...memories.map(([epoch]) => epoch));
		this.named = [...new Set(memories.filter(([epoch]) => epoch === this.epoch).map(([, master]) => master))];
	}

	generation(node: string): number {
		const data = this.#world[node]?.data;
		return typeof data === "number" ? data : -1;
	}

	/** The newest generation among nodes but one. */
	newestBeside(node: string): number {
		return Math.max(
			-1,
			...this.holders.filter((other) => other !== node).map((other) => this.generation(other)),
		);
	}

	/** Whether data of one node go further than those of another. */
	further(one: string, other: string): boolean {
		const apart = this.generation(one) - this.generation(other);
		return apart > 0 || (apart === 0 && (this.#world[one]?.offset ?? 0) > (this.#world[other]?.offset ?? 0));
	}

	isLost(node: string): boolean {
		return this.#world[node]?.data === "lost";
	}

	hasNothing(node: string): boolean {
		return ["empty", "lost"].includes(String(this.#world[node]?.data));
	}

	leads(node: string | undefined): boolean {
		return node !== undefined && this.holders.includes(node) && this.#world[node]?.leads === true;
	}

	/** Whether a node that was not heard cannot know of a newer epoch. */
	get enough(): boolean {
		return (
			this.members.length >= this.majority ||
			this.nodes.every((node) => this.members.includes(node) || this.hasNothing(node))
		);
	}
}

const decided = (answer: string | undefined) => answer !== undefined && !answer.startsWith("wait ");
const answered = (answers: Readonly<Record<string, string>>, wanted: string) =>
	Object.keys(answers).filter((node) => answers[node] === wanted);

type Property = (heard: Heard, answers: Answers) => boolean;

/** What holds of every world. Each is true of its answers, or is broken. */
const properties: Readonly<Record<string, Property>> = {
	"an empty node becomes master only if every other is known to be empty or lost": (heard, { role }) =>
		answered(role, "master").every(
			(node) =>
				heard.holders.includes(node) || heard.nodes.every((one) => one === node || heard.hasNothing(one)),
		),
	"nobody is followed, leads or is watched who is not named in the newest epoch that is known": (
		{ nodes, named },
		{ role, set },
	) =>
		named.length === 0 ||
		nodes.every((node) => {
			const followed =
				role[node]?.match(/^replica (.*)$/)?.[1] ?? (role[node] === "master" ? node : undefined);
			const watched = decided(set[node]) ? set[node]?.split(" ")[0] : undefined;
			return [followed, watched].every((one) => one === undefined || named.includes(one));
		}),
	"of an epoch with two masters nobody obeys either": ({ nodes, named }, { role, set, candidate, fit }) =>
		named.length < 2 ||
		nodes.every((node) => ![role, set, candidate, fit].some((answers) => decided(answers[node]))),
	"nothing is decided while a newer epoch may be unheard, but the founding of a set that all agree on": (
		heard,
		{ role, set, candidate, fit },
	) => {
		const [founder = ""] = heard.named;
		const founding = heard.silent.length === 0 && heard.epoch <= 0;
		const undisputed = heard.nodes.every(
			(node) => node === founder || heard.newestBeside(founder) < heard.generation(founder),
		);
		if (heard.enough || (founding && (heard.members.length === 0 || undisputed))) return true;
		return heard.nodes.every(
			(node) => ![role, set, candidate, fit].some((answers) => decided(answers[node])),
		);
	},
	"a Sentinel that joins takes over the newest epoch": ({ nodes, epoch }, { set }) =>
		nodes.every((node) => !decided(set[node]) || set[node]?.endsWith(` ${Math.max(0, epoch)}`)),
	"a node with older data than another does not lead": (heard, { role }) =>
		answered(role, "master").every((node) => heard.newestBeside(node) <= heard.generation(node) + 1),
	"who holds data hands over only to newer ones, and who holds none only to some": (heard, { role }) =>
		answered(role, "hand-over").every(
			(node) => heard.newestBeside(node) > (heard.holders.includes(node) ? heard.generation(node) + 1 : -1),
		),
	"only the newest data of enough nodes may be elected, and only while nobody leads": (
		heard,
		{ candidate },
	) =>
		answered(candidate, "candidate").every(
			(node) =>
				heard.holders.includes(node) &&
				!heard.holders.some((other) => heard.further(other, node)) &&
				// Of equals the first: two would be elected by chance.
				heard.holders.find((other) => !heard.further(node, other)) === node &&
				(heard.holders.length >= heard.nodes.length - 1 || heard.silent.length === 0) &&
				!heard.leads(heard.named[0]),
		),
	"who lost its master stays electable, unless that one leads or another replica has newer data": (
		heard,
		{ fit },
	) =>
		heard.nodes.every((node) => {
			const [master, rival] = heard.named;
			if (master === undefined || rival !== undefined) return true;
			if (!heard.holders.includes(node) || !decided(fit[node])) return true;
			const leader = heard.leads(master) ? master : undefined;
			const ahead = heard.holders.filter(
				(other) => other !== master && heard.generation(other) > heard.generation(node),
			);
			const named = fit[node]?.match(/^unfit (\w+) (is the master|has newer data)/)?.[1];
			if (leader !== undefined) return named === leader;
			return ahead.length === 0 ? fit[node] === "fit" : named === ahead[0];
		}),
	"one at most leads, and one at most may be elected": (_, { role, candidate }) =>
		answered(role, "master").length <= 1 && answered(candidate, "candidate").length <= 1,
	"what most nodes agree on is followed, whoever else is silent": (heard, { role, set }) =>
		!heard.enough ||
		heard.named.length !== 1 ||
		heard.nodes.every(
			(node) =>
				set[node] === `${heard.named[0]} ${heard.epoch}` &&
				(node === heard.named[0] || role[node] === `replica ${heard.named[0]}`),
		),
	"who is named and has its data leads": (heard, { role }) => {
		const [master = ""] = heard.named;
		if (!heard.enough || heard.named.length !== 1 || !heard.holders.includes(master)) return true;
		return heard.newestBeside(master) > heard.generation(master) + 1 || role[master] === "master";
	},
	"who is named and is empty leads, hands over, or waits for those that are silent": (heard, { role }) => {
		const [master = ""] = heard.named;
		if (!heard.enough || heard.named.length !== 1 || heard.holders.includes(master)) return true;
		if (heard.holders.length > 0) return role[master] === "hand-over";
		return heard.silent.length > 0 ? !decided(role[master]) : role[master] === "master";
	},
	"somebody may be elected once enough have answered that nobody leads": (heard, { candidate }) => {
		const [master] = heard.named;
		const known = heard.enough && heard.named.length === 1 && !heard.leads(master);
		const sure = heard.holders.length >= heard.nodes.length - 1 || heard.silent.length === 0;
		return !known || !sure || heard.holders.length === 0 || answered(candidate, "candidate").length === 1;
	},
	"a set that nobody remembers is founded once all have answered: on the one that holds data, else on the first":
		(heard, { set, role }) => {
			if (heard.members.length > 0 || heard.silent.length > 0) return true;
			const best = heard.holders.filter((node) => heard.newestBeside(node) <= heard.generation(node));
			const [founder = heard.nodes.find((node) => !heard.isLost(node)), rival] = best;
			if (founder === undefined || rival !== undefined)
				return heard.nodes.every((node) => !decided(set[node]) && !decided(role[node]));
			return heard.nodes.every((node) => set[node] === `${founder} 0`) && role[founder] === "master";
		},
	"a set that one Sentinel has founded is founded by the others as well": (heard, { set, role }) => {
		const [founder = ""] = heard.named;
		const founding = heard.members.length > 0 && heard.epoch === 0 && heard.silent.length === 0;
		const first = heard.nodes.every(
			(node) => node === founder || heard.newestBeside(founder) < heard.generation(founder),
		);
		if (!founding || heard.named.length > 1 || !first || !heard.holders.includes(founder)) return true;
		return heard.nodes.every((node) => set[node] === `${founder} 0`) && role[founder] === "master";
	},
	"a node that waits says why, and an empty one that nobody leads that it is empty": (
		heard,
		{ set, role, candidate },
	) =>
		heard.nodes.every(
			(node) =>
				[set, role, candidate].every((answers) => answers[node] !== "wait ") &&
				(heard.holders.includes(node) || !/is no master/.test(candidate[node] ?? "")),
		),
	"a node that waits for others names who they are, and where to read on": (heard, answers) =>
		heard.nodes.every((node) =>
			[answers.set, answers.role, answers.candidate].every((group) => truthful(heard, group[node] ?? "")),
		),
};

/** Whether a reason to wait names nodes that are yet to be heard, all of them, and nobody else. */
function truthful(heard: Heard, answer: string): boolean {
	const listed = answer.match(/not heard from:((?: \w+)*)/)?.[1];
	if (listed === undefined) return true;
	// Of a majority that is missing, those count whose Sentinels have not told; else those whose servers have not.
	const unheard = answer.includes("no majority")
		? heard.nodes.filter((node) => !heard.members.includes(node) && !heard.hasNothing(node))
		: heard.silent;
	return /\(.*runbook\)$/.test(answer) && listed.trim() === unheard.join(" ");
}

const questions = ["set", "role", "candidate", "fit"] as const;

/** Worlds and all their questions, in the form in which they are asked at once. */
export class Sample {
	readonly #worlds: readonly World[];
	readonly #heard: readonly Heard[];
	readonly #batch: string;

	constructor(worlds: readonly World[]) {
		this.#worlds = worlds;
		this.#heard = worlds.map((world) => new Heard(world));
		this.#batch = batchOf(
			worlds.flatMap((world) =>
				questions.flatMap((question) => Object.keys(world).map((node): Question => [question, node, world])),
			),
		);
	}

	/** @param text of decide.awk @returns properties that its answers break, each with one world */
	broken(text?: string): Readonly<Record<string, { readonly world: World; readonly answers: Answers }>> {
		const answers = decideAll(this.#batch, text)[Symbol.iterator]();
		const next = (nodes: readonly string[]) =>
			Object.fromEntries(nodes.map((node) => [node, String(answers.next().value)]));
		const broken: Record<string, { world: World; answers: Answers }> = {};
		for (const [index, heard] of this.#heard.entries()) {
			const { nodes } = heard;
			const all = { set: next(nodes), role: next(nodes), candidate: next(nodes), fit: next(nodes) };
			for (const [what, holds] of Object.entries(properties))
				if (!(what in broken) && !holds(heard, all))
					broken[what] = { world: this.#worlds[index] ?? {}, answers: all };
		}
		return broken;
	}
}
