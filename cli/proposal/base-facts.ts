import { isDeepStrictEqual } from "node:util";
import type { Json, Resource, StackDocument } from "../../world/world.ts";

type Block = { readonly [key: string]: Json | undefined };

/** What the documents of the base say, against which those of a proposal are held. */
export interface BaseFacts {
	readonly documents: ReadonlyMap<string, StackDocument>;
	/** Configurations by name of the provider. */
	readonly providers: ReadonlyMap<string, Json>;
	/** Sources and versions by name of the provider. */
	readonly required: ReadonlyMap<string, Json>;
	readonly requiredVersion: Json | undefined;
	/** Names of arguments by mode and type, such as `resource helm_release`. */
	readonly inUse: ReadonlyMap<string, ReadonlySet<string>>;
	/** Whether a data source or an ephemeral resource is exactly one of the base. */
	readonly has: (block: Pick<Resource, "mode" | "type" | "arguments">) => boolean;
	/** Charts in use, as repository and name. */
	readonly charts: ReadonlySet<string>;
	/** Kinds of manifests in use, as version and kind. */
	readonly kinds: ReadonlySet<string>;
}

/** Reads the facts of a base. */
export function baseFacts(documents: readonly StackDocument[]): BaseFacts {
	const providers = new Map<string, Json>();
	const required = new Map<string, Json>();
	const inUse = new Map<string, Set<string>>();
	const charts = new Set<string>();
	const kinds = new Set<string>();
	const resources = documents.flatMap((document) => document.resources);
	for (const { json } of documents) {
		for (const [name, value] of entriesOf(json.provider)) providers.set(name, value);
		for (const [name, value] of entriesOf(blockOf(json.terraform).required_providers))
			required.set(name, value);
	}
	for (const { mode, type, arguments: values } of resources) {
		const names = inUse.get(`${mode} ${type}`) ?? new Set();
		for (const name of Object.keys(values)) names.add(name);
		inUse.set(`${mode} ${type}`, names);
		if (type === "helm_release") charts.add(chartOf(values));
		if (type === "kubernetes_manifest") kinds.add(kindOf(values));
	}
	return {
		documents: new Map(documents.map((document) => [document.stack, document])),
		providers,
		required,
		requiredVersion: blockOf(documents[0]?.json.terraform).required_version,
		inUse,
		charts,
		kinds,
		has: ({ mode, type, arguments: values }) =>
			resources.some(
				(one) => one.mode === mode && one.type === type && isDeepStrictEqual(one.arguments, values),
			),
	};
}

/** The chart of a release, as it is compared. */
export function chartOf({ repository, chart }: Block): string {
	return JSON.stringify([repository ?? null, chart ?? null]);
}

/** The kind of a manifest, as it is compared. */
export function kindOf({ manifest }: Block): string {
	const { apiVersion, kind } = blockOf(manifest);
	return JSON.stringify([apiVersion ?? null, kind ?? null]);
}

/** A value as a block; one without anything when it is none. */
export function blockOf(value: Json | undefined): Block {
	return isBlock(value) ? value : {};
}

export function isBlock(value: Json | undefined): value is { [key: string]: Json | undefined } {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entriesOf(value: Json | undefined): [string, Json][] {
	return Object.entries(blockOf(value)).map(([name, part]) => [name, part ?? null]);
}
