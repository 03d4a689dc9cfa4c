import { ownedBy } from "../../../config/registry/owner-names.ts";

/** A value of a manifest. */
type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value | undefined };

/** A rule of Kyverno's ClusterPolicy (kyverno.io/v1), as its documentation writes it. */
export interface PolicyRule {
	readonly name: string;
	readonly match: Value;
	readonly exclude?: Value;
	readonly preconditions?: Value;
	readonly mutate?: Value;
	readonly generate?: Value;
	readonly validate?: Value;
}

export interface ClusterPolicy {
	readonly name: string;
	/** What it is for: an annotation of the policy. */
	readonly purpose: string;
	readonly rules: readonly PolicyRule[];
}

/** Objects of some kinds when they are made, in namespaces with certain labels where that matters. */
export function created(kind: string, namespaceLabels?: Readonly<Record<string, string>>): Value {
	const namespaces = namespaceLabels ? { namespaceSelector: { matchLabels: namespaceLabels } } : {};
	return { any: [{ resources: { kinds: [kind], operations: ["CREATE"], ...namespaces } }] };
}

/** Everything in some namespaces. */
export function inNamespaces(namespaces: readonly string[]): Value {
	return { any: [{ resources: { namespaces } }] };
}

/** The namespaces of the registry, among other things that a rule leaves out. */
export const inTenantNamespaces: Value = {
	resources: { namespaceSelector: { matchLabels: { [ownedBy.key]: ownedBy.value } } },
};

/** A patch of RFC 6902: Kyverno takes it as text. */
export function jsonPatch(operations: readonly Readonly<Record<string, string | number>>[]): string {
	return JSON.stringify(operations);
}
