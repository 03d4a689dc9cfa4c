import { isDeepStrictEqual } from "node:util";
import { type Block, block } from "../../world/blocks.ts";
import { kindOf } from "../../world/kubernetes-objects.ts";
import type { Json } from "../../world/world.ts";
import type { ArgumentChange } from "../plan/argument-changes.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

/** A change of a Kubernetes object, whether it is written as a typed resource or as a manifest. */
export interface KubernetesChange {
	readonly change: PlannedChange;
	/** Kind in snake case, such as `stateful_set`. */
	readonly kind: string;
	readonly namespace: string;
	readonly name: string;
	/** The object in the words of its author: snake case with blocks in lists, or the manifest. */
	readonly before: Block;
	readonly after: Block;
	/**
	 * Paths of the arguments that differ, in the words of the API and without indexes: `spec.volumeClaimTemplate`. Blocks
	 * of typed resources keep their singular.
	 */
	readonly paths: readonly string[];
}

/** Resource types that patch an object of another owner. */
const patches = /^kubernetes_(annotations|labels|env|node_taint|config_map_v1_data|secret_v1_data)$/;

/** Undefined for what is no Kubernetes object. */
export function kubernetesChange(change: PlannedChange): KubernetesChange | undefined {
	const { type, values, arguments: changed = [] } = change;
	if (!type.startsWith("kubernetes_") || patches.test(type)) return undefined;
	const manifest = type === "kubernetes_manifest";
	const [before, after] = [values?.before, values?.after].map((value) => {
		const object = block(value as Json);
		return manifest ? block(object.manifest) : object;
	}) as [Block, Block];
	const { name, namespace } = block((after.metadata ?? before.metadata) as Json);
	const live = block(block(values?.before as Json).object);
	const own = manifest
		? changed.filter((one) => one.path.startsWith("manifest.") && !isSo(live, one))
		: changed;
	return {
		change,
		kind: kindOf(type, manifest ? (after.kind ?? before.kind) : undefined),
		namespace: typeof namespace === "string" ? namespace : "default",
		name: typeof name === "string" ? name : "",
		before,
		after,
		paths: own.map(({ path }) => (manifest ? apiPath(path).replace(/^manifest\./, "") : apiPath(path))),
	};
}

/** Whether a manifest comes to say what its object in the cluster has anyway, such as a default. */
function isSo(live: Block, { path, before, after }: ArgumentChange): boolean {
	if (before !== "absent" || typeof after !== "object") return false;
	const [, ...keys] = path.match(/"[^"]*"|[^.[\]"]+/g) ?? [];
	const found = keys.reduce<unknown>(
		(parent, key) => (parent as Record<string, unknown> | null | undefined)?.[key.replaceAll('"', "")],
		live,
	);
	return isDeepStrictEqual(found, after.shown);
}

/** `spec[0].volume_claim_template[0]` -> `spec.volumeClaimTemplate` */
function apiPath(path: string): string {
	return camelCase(path.replaceAll(/\[\d+\]/g, ""));
}

/** `job_template` -> `jobTemplate` */
export function camelCase(words: string): string {
	return words.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `ipFamilies` -> `ip_families` */
export function snakeCase(words: string): string {
	return words.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Whether a path is an argument or lies below it. */
export function isBelow(path: string, argument: string): boolean {
	return path === argument || path.startsWith(`${argument}.`) || path.startsWith(`${argument}[`);
}
