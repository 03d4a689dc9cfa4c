import { randomUUID } from "node:crypto";
import { VisibleError } from "../../config/schema/visible-error.ts";
import {
	findObjects,
	moveObjects,
	removeObjects,
	transferObjects,
} from "../../engine/state/rewrite/move-objects.ts";
import { nextVersion, type StateDocument } from "../../engine/state/rewrite/state-document.ts";
import { siteOutput } from "../../stacks/declaration.ts";
import type { StackDocument } from "../../world/world.ts";
import type { MapEntry } from "./map-file.ts";
import { oldObjects } from "./objects.ts";
import { type ClearSecret, clearSecrets, withoutSecrets } from "./secrets.ts";

export interface StatesBefore {
	readonly site: string;
	readonly document: StackDocument;
	/** Host of the registry that the engine's states name. */
	readonly registry: string;
	/** The stack's own state; undefined while it has none. */
	readonly target: StateDocument | undefined;
	readonly sources: ReadonlyMap<string, StateDocument>;
	readonly entries: readonly MapEntry[];
}

/** What the states become. */
export interface NextStates {
	readonly target: StateDocument;
	/** Those that lose objects, by name. */
	readonly sources: ReadonlyMap<string, StateDocument>;
	/** What is read from the world into the target, once that has been written. */
	readonly imports: readonly MapEntry[];
	/** Secrets that the objects had in the clear, by their new address. */
	readonly secrets: ReadonlyMap<string, readonly ClearSecret[]>;
	/** Objects that change their state. */
	readonly moved: readonly MapEntry[];
	/** Objects that an interrupted run has left in both. */
	readonly inBoth: readonly MapEntry[];
}

/**
 * The states after an adoption. What an earlier run has done already is left as it is, so that it may be run again from
 * wherever it was stopped.
 *
 * @throws VisibleError when an object is in no state, or its address is taken by another one
 */
export function nextStates({ site, document, registry, target, sources, entries }: StatesBefore): NextStates {
	let next = target ?? emptyState(site, sources);
	const changed = new Map<string, StateDocument>();
	const secrets = new Map<string, readonly ClearSecret[]>();
	const imports: MapEntry[] = [];
	const moved: MapEntry[] = [];
	const inBoth: MapEntry[] = [];
	for (const [name, source] of sources) {
		const taken = taking({ name, source, next, stack: document.stack, entries });
		for (const { from = "", to = "" } of taken.all) secrets.set(to, secretsAt(source, from));
		imports.push(...taken.imports);
		moved.push(...taken.moves);
		inBoth.push(...taken.inBoth);
		const moves = taken.moves.map(({ from = "", to = "" }) => ({ from, to }));
		const gone = [...taken.imports, ...taken.inBoth].map(({ from = "" }) => from);
		if (source.lineage === target?.lineage) {
			// The stack goes on with the state that it had, and there is no other one.
			next = removeObjects(moveObjects(next, moves), gone).state;
			continue;
		}
		const given = transferObjects({ source, target: next }, moves);
		next = given.target;
		if (taken.all.length > 0) changed.set(name, nextVersion(removeObjects(given.source, gone).state));
	}
	for (const entry of entries)
		if (entry.how === "import" && entry.from === undefined && !has(next, entry.to)) imports.push(entry);
	const written = asDeclared(withSite(next, site), { document, registry, entries });
	return { target: nextVersion(written), sources: changed, imports, secrets, moved, inBoth };
}

const has = (state: StateDocument, address = "") => findObjects(state, address) !== undefined;

/** What of a source is still to be done. */
function taking({
	name,
	source,
	next,
	stack,
	entries,
}: {
	readonly name: string;
	readonly source: StateDocument;
	readonly next: StateDocument;
	readonly stack: string;
	readonly entries: readonly MapEntry[];
}) {
	const mine = entries.filter(({ state, how }) => state === name && how !== "leave" && how !== "ask");
	const lost = mine.find(({ from, to }) => !has(source, from) && !has(next, to));
	if (lost !== undefined)
		throw new VisibleError(
			`${lost.from} is not in ${name} any more, and ${lost.to} is not in the state of ${stack}: make the map again (infra adopt map)`,
		);
	// In one state an object may only have another address, at which it is found already.
	const all = mine.filter(({ from }) => has(source, from));
	const inBoth = all.filter(({ to }) => has(next, to));
	for (const entry of inBoth) requireSame(entry, source, next);
	const open = all.filter((entry) => !inBoth.includes(entry));
	return {
		all,
		inBoth,
		imports: open.filter(({ how }) => how === "import"),
		moves: open.filter(({ how }) => how !== "import"),
	};
}

/** Provider addresses as the engine writes them, and no secrets: as an apply of the code would have left the objects. */
export function asDeclared(
	state: StateDocument,
	{ document, registry, entries }: Pick<StatesBefore, "document" | "registry" | "entries">,
): StateDocument {
	const adopted = new Set(entries.map(({ to }) => to));
	const declared = new Map(document.resources.map(({ address, arguments: given }) => [address, given]));
	return {
		...state,
		resources: state.resources.map((resource) => {
			const address = `${resource.type}.${resource.name}`;
			const given = declared.get(address);
			if (given === undefined || resource.module !== undefined || !adopted.has(address)) return resource;
			return {
				...resource,
				provider: providerOf(document, resource.type, given.provider, registry) ?? resource.provider,
				instances: resource.instances.map((instance) => withoutSecrets(resource.type, instance, given)),
			};
		}),
	};
}

function providerOf(document: StackDocument, type: string, chosen: unknown, registry: string) {
	const { required_providers: required = {} } = (document.json.terraform ?? {}) as {
		readonly required_providers?: Readonly<Record<string, { readonly source?: string }>>;
	};
	const [name = "", alias] = (typeof chosen === "string" ? chosen : (type.split("_")[0] ?? "")).split(".");
	const source = required[name]?.source;
	if (source === undefined) return undefined;
	const full = source.split("/").length > 2 ? source : `${registry}/${source}`;
	return `provider["${full}"]${alias === undefined ? "" : `.${alias}`}`;
}

function secretsAt(source: StateDocument, address: string): ClearSecret[] {
	const found = findObjects(source, address);
	return (found?.instances ?? []).flatMap((instance) => clearSecrets(found?.type ?? "", instance));
}

/** An object that is in both states was written by a run that was stopped; another one only has its address. */
function requireSame({ state = "", from, to }: MapEntry, source: StateDocument, target: StateDocument): void {
	const [there, here] = [
		oldObjects(state, source).find(({ address }) => address === from),
		oldObjects("", target).find(({ address }) => address === to),
	];
	if (there?.is === undefined || there.is !== here?.is)
		throw new VisibleError(
			`${to} is taken by ${here?.is ?? "something else"}: ${from} of ${state} is ${there?.is ?? "not known"}`,
		);
}

function emptyState(site: string, sources: ReadonlyMap<string, StateDocument>): StateDocument {
	const [first] = sources.values();
	const { terraform_version = "1.11.0" } = (first ?? {}) as { readonly terraform_version?: string };
	const empty = {
		version: 4,
		terraform_version,
		serial: 0,
		lineage: randomUUID(),
		outputs: {},
		resources: [],
	};
	return withSite({ ...empty, version: 4 }, site);
}

/** The state belongs to a site from then on. */
function withSite(state: StateDocument, site: string): StateDocument {
	const { outputs = {} } = state as StateDocument & { readonly outputs?: object };
	return {
		...state,
		outputs: { ...outputs, [siteOutput]: { value: site, type: "string" } },
	} as StateDocument;
}
