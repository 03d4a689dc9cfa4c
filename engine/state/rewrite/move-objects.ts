import { VisibleError } from "../../../config/schema/visible-error.ts";
import {
	addressOfInstance,
	addressOfResource,
	configurationAddress,
	type ObjectAddress,
	parseAddress,
	renderAddress,
} from "./object-address.ts";
import { isSameImplementation, otherTypeName } from "./same-implementation.ts";
import type { StateDocument, StateInstance, StateResource } from "./state-document.ts";

/** An object, or a resource with all its objects, that gets another address: module, type, name or key. */
export interface Move {
	readonly from: string;
	readonly to: string;
}

/** Addresses of all instances of a state, data sources among them; each once, deposed objects are at that address, too. */
export function objectsOf({ resources }: StateDocument): string[] {
	const all = resources.flatMap((resource) =>
		resource.instances.map((instance) => addressOfInstance(resource, instance)),
	);
	return [...new Set(all)];
}

/**
 * What a state has at an address.
 *
 * @returns the resource with the instances that are meant, and those alone; undefined when there are none
 * @throws VisibleError for what is no address
 */
export function findObjects({ resources }: StateDocument, address: string): StateResource | undefined {
	const { key, ...of } = parseAddress(address);
	const [found, twin] = resources.filter((each) => isAt(each, of));
	if (twin !== undefined)
		throw new VisibleError(`${address} is ambiguous: the state has that resource twice`);
	const instances = found?.instances.filter(({ index_key }) => key === undefined || index_key === key) ?? [];
	return found === undefined || instances.length === 0 ? undefined : { ...found, instances };
}

/**
 * Gives objects other addresses within a state, all at once: two may change places. What depends on them follows.
 *
 * @throws VisibleError when an object is not there, an address is taken, or the types are not one implementation
 */
export function moveObjects(state: StateDocument, moves: readonly Move[]): StateDocument {
	const { left, taken } = takeOut(
		state,
		moves.map(({ from }) => from),
	);
	return follow(putIn(left, readdressed(taken, moves)), moves);
}

/**
 * Takes objects out of a state and into another one, under an address of their own there.
 *
 * @throws VisibleError as `moveObjects`
 */
export function transferObjects(
	{ source, target }: { readonly source: StateDocument; readonly target: StateDocument },
	moves: readonly Move[],
): { readonly source: StateDocument; readonly target: StateDocument } {
	const { left, taken } = takeOut(
		source,
		moves.map(({ from }) => from),
	);
	const moved = readdressed(taken, moves).map((resource) =>
		withDependencies(resource, followed(left, moves)),
	);
	return { source: withoutUnknown(left), target: withoutUnknown(putIn(target, moved)) };
}

/** Lets a state forget objects. @returns them as well, for `insertObjects`. @throws VisibleError when one is not there */
export function removeObjects(
	state: StateDocument,
	addresses: readonly string[],
): { readonly state: StateDocument; readonly removed: readonly StateResource[] } {
	const { left, taken } = takeOut(state, addresses);
	return { state: withoutUnknown(left), removed: taken };
}

/** @throws VisibleError when an address is taken */
export function insertObjects(state: StateDocument, resources: readonly StateResource[]): StateDocument {
	return withoutUnknown(putIn(state, resources));
}

type ResourceAddress = Omit<ObjectAddress, "key">;

const isAt = ({ module, mode, type, name }: StateResource, of: ResourceAddress) =>
	module === of.module && mode === of.mode && type === of.type && name === of.name;

function takeOut(
	state: StateDocument,
	addresses: readonly string[],
): { readonly left: StateDocument; readonly taken: readonly StateResource[] } {
	let left = state;
	const taken = addresses.map((address) => {
		const found = findObjects(left, address);
		if (found === undefined) throw notThere(state, address);
		const resources = left.resources.flatMap((resource) => {
			if (!isAt(resource, parseAddress(address))) return [resource];
			const instances = resource.instances.filter((instance) => !found.instances.includes(instance));
			return instances.length === 0 ? [] : [{ ...resource, instances }];
		});
		left = { ...left, resources };
		return found;
	});
	return { left, taken };
}

function notThere(state: StateDocument, address: string): VisibleError {
	if (findObjects(state, address) !== undefined) return new VisibleError(`${address} is named twice`);
	const { key: _, type, ...of } = parseAddress(address);
	const near = state.resources.filter((resource) =>
		[type, otherTypeName(type) ?? type].some((name) => isAt(resource, { ...of, type: name })),
	);
	const addresses = objectsOf({ ...state, resources: near });
	return new VisibleError(
		`${address} is not in the state${addresses.length === 0 ? "" : `, which has ${addresses.join(", ")}`}`,
	);
}

function readdressed(taken: readonly StateResource[], moves: readonly Move[]): StateResource[] {
	return taken.map((resource, index) => {
		const { from = "", to = "" } = moves[index] ?? {};
		return readdress(resource, parseAddress(from), parseAddress(to));
	});
}

function readdress(resource: StateResource, from: ObjectAddress, to: ObjectAddress): StateResource {
	const [one, other] = [renderAddress(from), renderAddress(to)];
	if (from.mode !== to.mode || !isSameImplementation(from.type, to.type))
		throw new VisibleError(
			`${one} cannot become ${other}: ${from.type} and ${to.type} are not one implementation, so what the state has of one is not right for the other${otherName(from.type)}`,
		);
	const keys = new Set(resource.instances.map(({ index_key }) => index_key));
	if (to.key !== undefined && keys.size > 1)
		throw new VisibleError(
			`${one} is ambiguous: it names ${[...keys].map((key) => renderAddress({ ...from, key })).join(", ")}, and ${other} is one object`,
		);
	const instances =
		from.key === undefined && to.key === undefined
			? resource.instances
			: resource.instances.map((instance) => withKey(instance, to.key));
	const { module: _, ...rest } = resource;
	const { module, type, name } = to;
	const provider = module === resource.module ? resource.provider : inRoot(resource.provider);
	return { ...rest, ...(module !== undefined && { module }), type, name, provider, instances };
}

function otherName(type: string): string {
	const other = otherTypeName(type);
	return other === undefined ? "" : ` (${other} is)`;
}

function withKey(
	{ index_key: _, ...instance }: StateInstance,
	key: string | number | undefined,
): StateInstance {
	return key === undefined ? instance : { index_key: key, ...instance };
}

/** A provider that a module has configured is not there for what leaves it. */
const inRoot = (provider: string) => provider.replace(/^module\..*\.(provider\["[^"]+"\]).*$/, "$1");

function putIn(state: StateDocument, resources: readonly StateResource[]): StateDocument {
	let result = [...state.resources];
	for (const resource of resources) {
		const { module, mode, type, name } = resource;
		const index = result.findIndex((each) => isAt(each, { module, mode, type, name }));
		const there = result[index];
		result = there === undefined ? [...result, resource] : result.with(index, joined(there, resource));
	}
	return { ...state, resources: result };
}

/** Instances of one resource that come from two places. */
function joined(there: StateResource, added: StateResource): StateResource {
	const address = addressOfResource(there);
	const instances = [...there.instances, ...added.instances];
	for (const instance of added.instances)
		if (there.instances.some(({ index_key }) => index_key === instance.index_key))
			throw new VisibleError(
				`${addressOfInstance(added, instance)} is taken: the state has an object of that address`,
			);
	if (new Set(instances.map(({ index_key }) => typeof index_key)).size > 1)
		throw new VisibleError(`${address} would have objects with keys of two kinds, or with and without one`);
	if (there.provider !== added.provider)
		throw new VisibleError(
			`${address} would belong to two providers: ${there.provider} and ${added.provider}`,
		);
	return { ...there, instances };
}

/** Has every instance depend on the addresses that objects have now. */
function follow(state: StateDocument, moves: readonly Move[]): StateDocument {
	const rename = followed(state, moves);
	return { ...state, resources: state.resources.map((resource) => withDependencies(resource, rename)) };
}

/** The addresses of a dependency after moves: both where a part of a resource stays. */
function followed(left: StateDocument, moves: readonly Move[]): (dependency: string) => readonly string[] {
	const names = Map.groupBy(moves, ({ from }) => configurationAddress(parseAddress(from)));
	const staying = new Set(left.resources.map(configurationAddress));
	return (dependency) => {
		const to = names.get(dependency)?.map((move) => configurationAddress(parseAddress(move.to)));
		if (to === undefined) return [dependency];
		return staying.has(dependency) ? [dependency, ...to] : to;
	};
}

/** Dependencies on what the state does not have say nothing. */
function withoutUnknown(state: StateDocument): StateDocument {
	const known = new Set(state.resources.map(configurationAddress));
	const resources = state.resources.map((resource) =>
		withDependencies(resource, (dependency) => (known.has(dependency) ? [dependency] : [])),
	);
	return { ...state, resources };
}

function withDependencies(
	resource: StateResource,
	change: (dependency: string) => readonly string[],
): StateResource {
	const instances = resource.instances.map((instance) =>
		instance.dependencies === undefined
			? instance
			: { ...instance, dependencies: [...new Set(instance.dependencies.flatMap(change))].sort() },
	);
	return { ...resource, instances };
}
