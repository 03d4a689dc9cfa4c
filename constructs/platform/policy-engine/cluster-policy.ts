import { ownedBy } from "../../../config/registry/owner-names.ts";

/** A value of a manifest. */
type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

/** A rule of Kyverno's ClusterPolicy (kyverno.io/v1), as its documentation writes it. */
export interface PolicyRule {
	readonly name: string;
	readonly match: Value;
	readonly exclude?: Value;
	readonly context?: Value;
	readonly preconditions?: Value;
	readonly mutate?: Value;
	readonly generate?: Value;
	readonly validate?: Value;
}

export interface ClusterPolicy {
	readonly name: string;
	/** Purpose, an annotation of the policy. */
	readonly purpose: string;
	/** Whether objects that exist already are reported as well. @default true */
	readonly background?: boolean;
	readonly rules: readonly PolicyRule[];
}

/** Matches objects at their creation, where given in namespaces with certain labels. */
export function created(kind: string, namespaceLabels?: Readonly<Record<string, string>>): Value {
	const namespaces = namespaceLabels ? { namespaceSelector: { matchLabels: namespaceLabels } } : {};
	return { any: [{ resources: { kinds: [kind], operations: ["CREATE"], ...namespaces } }] };
}

/** Matches everything in some namespaces. */
export function inNamespaces(namespaces: readonly string[]): Value {
	return { any: [{ resources: { namespaces } }] };
}

/** Namespaces of the registry, as an entry of `exclude`. */
export const inTenantNamespaces: Value = {
	resources: { namespaceSelector: { matchLabels: { [ownedBy.key]: ownedBy.value } } },
};

/** A JSON patch (RFC 6902) as text, which Kyverno expects. */
export function jsonPatch(operations: readonly Readonly<Record<string, string | number>>[]): string {
	return JSON.stringify(operations);
}
