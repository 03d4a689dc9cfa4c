import type { ResourceChange, TerraformPlan } from "../../../review/plan/plan-json.ts";
import type { World } from "../../../world/world.ts";
import { isPlanned, type Kept, keptAfter, type PlanFolder } from "./real-plans.ts";
import {
	differences,
	isProtected,
	keyOf,
	type Part,
	type Placed,
	partsOf,
	withDependents,
} from "./side-by-side.ts";

/** A world with the worlds that a change of it leads to, by a name of the change. */
export interface Base {
	readonly world: World;
	readonly changed: ReadonlyMap<string, World>;
}

type Parts = ReadonlyMap<string, Part>;

/** What a change does to a stack. */
export interface ChangedStack {
	/** The plan of the real providers, under the addresses of the stack. */
	readonly plan: TerraformPlan;
	/** Addresses of what differs and no provider here plans. */
	readonly unplanned: readonly string[];
	/** Addresses of what would be replaced, and whose block forbids Terraform to destroy it. */
	readonly held: readonly string[];
}

interface ChangedLists {
	readonly plan: { readonly resource_changes: ResourceChange[] };
	readonly unplanned: string[];
	readonly held: string[];
}

/** A part with the world that it belongs to: a base, or a change of one. */
interface Copy extends Placed {
	readonly world: string;
	readonly base: string;
}

const planned = (parts: Parts): Parts => new Map([...parts].filter(([, part]) => isPlanned(part)));

/** One plan for every change of every base; each change stands beside the others under names of its own. */
export class PlannedWorlds {
	readonly #bases: ReadonlyMap<string, Base>;
	readonly #folder: PlanFolder;
	readonly #names = new Map<string, string>();
	readonly #copies: Copy[] = [];
	readonly #changes = new Map<string, ResourceChange>();

	constructor(folder: PlanFolder, bases: ReadonlyMap<string, Base>) {
		this.#folder = folder;
		this.#bases = bases;
	}

	/** Plans everything. @returns what changes in the bases themselves, which is nothing when their state is right */
	async plan(): Promise<string[]> {
		for (const [name, { world }] of this.#bases) this.#place(name, name, planned(partsOf(world.stacks)));
		const first = await this.#planned(new Map());
		// A provider completes what a first plan leaves open once there is a state.
		const kept = keptAfter(await this.#planned(keptAfter(first)));
		const all = new Map(kept);
		for (const [base, { world, changed }] of this.#bases) {
			const before = planned(partsOf(world.stacks));
			for (const [name, after] of changed) this.#placeChange({ base, name, before, after, kept: all });
		}
		for (const change of (await this.#planned(all)).resource_changes ?? [])
			this.#changes.set(change.address, change);
		return [...kept.keys()].filter((address) => actionsOf(this.#changes.get(address)) !== "no-op");
	}

	/** What a change does to each stack, by the stack's name. Stacks without a difference are left out. */
	of(base: string, name: string): ReadonlyMap<string, ChangedStack> {
		const { world, changed } = this.#bases.get(base) ?? {};
		const [before, after] = [world, changed?.get(name)].map((one) => partsOf(one?.stacks ?? []));
		const stacks = new Map<string, ChangedLists>();
		for (const key of before === undefined || after === undefined ? [] : this.#keysOf(before, after)) {
			const part = after?.get(key) ?? before?.get(key);
			if (part === undefined) continue;
			const stack = stacks.get(part.stack) ?? { plan: { resource_changes: [] }, unplanned: [], held: [] };
			stacks.set(part.stack, stack);
			const address = `${part.type}.${part.id}`;
			const change = this.#changes.get(`${part.type}.${this.#names.get(`${name} ${key}`)}`);
			if (change === undefined) stack.unplanned.push(address);
			else if (actionsOf(change) !== "no-op") stack.plan.resource_changes.push({ ...change, address });
			const next = after?.get(key);
			if (change?.change.actions.includes("delete") && next !== undefined && isProtected(next))
				stack.held.push(address);
		}
		return stacks;
	}

	#keysOf(before: Parts, after: Parts): ReadonlySet<string> {
		const different = differences(before, after);
		const renamed = new Set(
			[...different].filter((key) => identity(before.get(key)) !== identity(after.get(key))),
		);
		return new Set([...different, ...withDependents(after, renamed)]);
	}

	#place(world: string, base: string, parts: Parts): void {
		for (const [key, part] of parts) {
			const name = nameIn(world, part);
			this.#names.set(`${world} ${key}`, name);
			this.#copies.push({ ...part, name, world, base });
		}
	}

	#placeChange(change: {
		base: string;
		name: string;
		before: Parts;
		after: World;
		kept: Map<string, Kept>;
	}): void {
		const { base, name, before, kept } = change;
		const after = planned(partsOf(change.after.stacks));
		const keys = this.#keysOf(before, after);
		this.#place(name, base, new Map([...after].filter(([key]) => keys.has(key))));
		for (const key of keys) {
			const part = before.get(key);
			const state = part && kept.get(`${part.type}.${this.#names.get(`${base} ${key}`)}`);
			if (part === undefined || state === undefined) continue;
			const copy = nameIn(name, part);
			this.#names.set(`${name} ${key}`, copy);
			kept.set(`${part.type}.${copy}`, state);
		}
	}

	#planned(kept: ReadonlyMap<string, Kept>) {
		const place =
			({ world, base }: Copy) =>
			(stack: string, type: string, id: string) => {
				const key = keyOf({ stack, type, id });
				return this.#names.get(`${world} ${key}`) ?? this.#names.get(`${base} ${key}`);
			};
		return this.#folder.plan(this.#copies, place, kept);
	}
}

/** Name of a part in the common plan, of what Terraform allows. */
const nameIn = (world: string, { stack, id }: Part) => `${world}-${stack}-${id}`.replaceAll(/[^\w-]/g, "_");

const actionsOf = (change: ResourceChange | undefined) => change?.change.actions.join(" ");

/** What others refer to it by. */
function identity(part: Part | undefined): string | undefined {
	const { metadata, name, path, backend, vm_id, file_name } = (part?.arguments ?? {}) as Record<
		string,
		unknown
	>;
	const { name: object, namespace } = (metadata ?? {}) as Record<string, unknown>;
	return part && JSON.stringify([object, namespace, name, path, backend, vm_id, file_name]);
}
