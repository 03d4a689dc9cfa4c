import { VisibleError } from "../../config/schema/visible-error.ts";
import { apiVersionsOf, groupOf, setApiVersion } from "../../engine/state/rewrite/api-version.ts";
import { findObjects, type Move, moveObjects, objectsOf } from "../../engine/state/rewrite/move-objects.ts";
import { addressOfInstance, parseAddress, renderAddress } from "../../engine/state/rewrite/object-address.ts";
import { otherTypeName, typePairs } from "../../engine/state/rewrite/same-implementation.ts";
import type { StateDocument } from "../../engine/state/rewrite/state-document.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Edit } from "./rewrite-states.ts";

/**
 * The moves that are left to do, object by object: one whose object is at its new address alone has been done.
 *
 * @param to where the objects go; the same state within one stack
 * @throws VisibleError when an object is neither here nor there
 */
export function openMoves(from: StateDocument, to: StateDocument, moves: readonly Move[]): Move[] {
	return moves.flatMap((move) => {
		if (from === to && move.from === move.to) return [];
		const found = findObjects(from, move.from);
		if (found === undefined && findObjects(to, move.to) !== undefined) return [];
		if (found === undefined) return [move];
		const [source, target] = [parseAddress(move.from), parseAddress(move.to)];
		if (source.key !== undefined || target.key !== undefined) return [move];
		const keys = new Set(found.instances.map(({ index_key }) => index_key));
		return [...keys].map((key) => ({
			from: renderAddress({ ...source, key }),
			to: renderAddress({ ...target, key }),
		}));
	});
}

/** Every object of a state, under its own address. Data sources are read anew by the next plan. */
export function allObjects(state: StateDocument): Move[] {
	return objectsOf(state)
		.filter((address) => parseAddress(address).mode === "managed")
		.map((address) => ({ from: address, to: address }));
}

/** Moves within a state. @returns undefined when all are done */
export function editByMoves(state: StateDocument, moves: readonly Move[]): Edit | undefined {
	const open = openMoves(state, state, moves);
	if (open.length === 0) return undefined;
	return {
		document: moveObjects(state, open),
		lines: open.map(({ from, to }) => `${from} becomes ${to}`),
	};
}

export interface Retype {
	/** Addresses; none for all whose type has a versioned name, or all manifests of the group of the API. */
	readonly addresses: readonly string[];
	/** Version of the API that the manifests at the addresses get. */
	readonly apiVersion?: string | undefined;
}

/** Other names of types, or versions of an API, for what is the same object. @returns undefined when all have theirs */
export function editByRetype(state: StateDocument, { addresses, apiVersion }: Retype): Edit | undefined {
	if (apiVersion !== undefined) return editByApiVersion(state, addresses, apiVersion);
	const named = addresses.length > 0 ? addresses : unversioned(state);
	return editByMoves(
		state,
		named.map((address) => {
			const { type, ...of } = parseAddress(address);
			const other = otherTypeName(type);
			if (other === undefined)
				throw new UsageError(
					`${address}: ${type} has no other name that is the same implementation`,
					"expected a type of the kubernetes provider that has a versioned name, or --api-version for a kubernetes_manifest",
				);
			return { from: address, to: renderAddress({ ...of, type: other }) };
		}),
	);
}

function unversioned(state: StateDocument): string[] {
	const old = new Set(typePairs.map(([name]) => name));
	const found = state.resources.filter(({ mode, type }) => mode === "managed" && old.has(type));
	return [
		...new Set(found.flatMap((each) => each.instances.map((instance) => addressOfInstance(each, instance)))),
	];
}

function editByApiVersion(
	state: StateDocument,
	addresses: readonly string[],
	apiVersion: string,
): Edit | undefined {
	const named = addresses.length > 0 ? addresses : manifestsOfGroup(state, apiVersion);
	const open = named.filter((address) => {
		if (findObjects(state, address) === undefined) throw new VisibleError(`${address} is not in the state`);
		return apiVersionsOf(state, address).join() !== apiVersion;
	});
	if (open.length === 0) return undefined;
	return {
		document: open.reduce((edited, address) => setApiVersion(edited, address, apiVersion), state),
		lines: open.map(
			(address) => `${address} is of ${apiVersion}, not ${apiVersionsOf(state, address).join(", ")}`,
		),
	};
}

function manifestsOfGroup(state: StateDocument, apiVersion: string): string[] {
	return allObjects(state)
		.map(({ from }) => from)
		.filter(
			(address) =>
				parseAddress(address).type === "kubernetes_manifest" &&
				apiVersionsOf(state, address).some((version) => groupOf(version) === groupOf(apiVersion)),
		);
}
