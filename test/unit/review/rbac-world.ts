import fc from "fast-check";
import type { RbacRule } from "../../../world/rbac.ts";
import type { Block } from "../../policy/world.ts";
import type { Written } from "./reach-world.ts";

const rbac = "rbac.authorization.k8s.io";

export interface RoleModel {
	readonly name: string;
	/** Of a Role; undefined for a ClusterRole. */
	readonly namespace?: string | undefined;
	readonly rules: readonly RbacRule[];
	readonly labels?: Readonly<Record<string, string>>;
	/** Label by which it takes in other ClusterRoles. */
	readonly aggregates?: string;
}

export interface BindingModel {
	readonly name: string;
	readonly namespace?: string | undefined;
	readonly role: { readonly kind: "Role" | "ClusterRole"; readonly name: string };
	readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** A role as a typed block. */
export function roleBlock({ name, namespace, rules, labels = {}, aggregates }: RoleModel): Written {
	return [
		namespace === undefined ? "kubernetes_cluster_role_v1" : "kubernetes_role_v1",
		`${namespace ?? ""}-${name}`,
		{
			metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...labels } },
			...(aggregates === undefined
				? {
						rule: rules.map((rule) => ({
							verbs: [...rule.verbs],
							api_groups: [...rule.apiGroups],
							resources: [...rule.resources],
							...(rule.resourceNames.length === 0 ? {} : { resource_names: [...rule.resourceNames] }),
						})),
					}
				: { aggregation_rule: { cluster_role_selectors: [{ match_labels: { [aggregates]: "true" } }] } }),
		} as { [key: string]: Block },
	];
}

/** A binding as a typed block. */
export function bindingBlock({ name, namespace, role, subjects }: BindingModel): Written {
	return [
		namespace === undefined ? "kubernetes_cluster_role_binding_v1" : "kubernetes_role_binding_v1",
		`${namespace ?? ""}-${name}`,
		{
			metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
			role_ref: { api_group: rbac, ...role },
			subject: subjects.map((subject) => ({ ...subject })),
		} as { [key: string]: Block },
	];
}

/** A rule with what is not given empty. */
export function rule(verbs: string, apiGroups: string, resources: string, resourceNames = ""): RbacRule {
	const list = (text: string) => (text === "" ? [] : text.split(" "));
	return {
		verbs: list(verbs),
		apiGroups: apiGroups.split(" "),
		resources: list(resources),
		resourceNames: list(resourceNames),
		nonResourceURLs: [],
	};
}

const some = (...values: readonly string[]) =>
	fc.subarray([...values], { minLength: 1, maxLength: Math.min(3, values.length) });

export const rules = fc.array(
	fc.record({
		verbs: some("get", "list", "create", "patch", "*", "impersonate", "bind"),
		apiGroups: some("", "apps", "*", "rbac.authorization.k8s.io"),
		resources: some(
			"secrets",
			"pods",
			"pods/exec",
			"deployments",
			"deployments/scale",
			"*",
			"*/scale",
			"roles",
		),
		resourceNames: fc.oneof(fc.constant([]), fc.constant([]), some("one", "two")),
		nonResourceURLs: fc.constant([]),
	}),
	{ minLength: 1, maxLength: 3 },
);

/** Namespaces and accounts that bindings of generated worlds speak of. */
export const namespaces = ["left", "right"] as const;
const namespace = fc.constantFrom(...namespaces);
const subjects = fc.subarray(
	[
		{ kind: "User", name: "jane" },
		{ kind: "Group", name: "crew" },
		{ kind: "ServiceAccount", name: "app", namespace: "left" },
		{ kind: "Group", name: "system:serviceaccounts:right" },
	],
	{ minLength: 1 },
);
const roleNames = ["a", "b"] as const;

/** Roles and bindings, aggregated roles among them; every name once. */
export const rbacModels = fc.record({
	roles: fc.uniqueArray(fc.record({ name: fc.constantFrom(...roleNames), namespace, rules }), {
		selector: (one) => `${one.namespace} ${one.name}`,
		maxLength: 3,
	}),
	clusterRoles: fc.uniqueArray(
		fc.record({
			name: fc.constantFrom(...roleNames),
			rules,
			labels: fc.constantFrom({}, { "example.org/into": "true" }),
		}),
		{ selector: (one) => one.name, maxLength: 2 },
	),
	bindings: fc.uniqueArray(
		fc.record({
			name: fc.constantFrom("x", "y", "z"),
			namespace: fc.option(namespace, { nil: undefined }),
			role: fc.constantFrom(
				{ kind: "Role", name: "a" } as const,
				{ kind: "Role", name: "b" } as const,
				{ kind: "ClusterRole", name: "a" } as const,
				{ kind: "ClusterRole", name: "all" } as const,
				{ kind: "ClusterRole", name: "view" } as const,
			),
			subjects,
		}),
		{ selector: (one) => `${one.namespace} ${one.name}`, minLength: 1, maxLength: 4 },
	),
});
export type RbacModel = typeof rbacModels extends fc.Arbitrary<infer Model> ? Model : never;

/** A ClusterRole that takes in all with the label; it is in every generated world. */
export const aggregated: RoleModel = { name: "all", rules: [], aggregates: "example.org/into" };

export function rolesOf({ roles, clusterRoles }: RbacModel): readonly RoleModel[] {
	return [...roles, ...clusterRoles, aggregated];
}

/** Bindings that the API takes: one of the whole cluster names a ClusterRole. */
export function bindingsOf({ bindings }: RbacModel): readonly BindingModel[] {
	return bindings.filter((one) => one.namespace !== undefined || one.role.kind === "ClusterRole");
}

export function blocksOf(model: RbacModel): readonly Written[] {
	return [...bindingsOf(model).map(bindingBlock), ...rolesOf(model).map(roleBlock)];
}
