import { type Block, block, blocks, isExpression } from "./blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "./kubernetes-objects.ts";
import { type LabelSelector, labelSelector, labelsOf, textList } from "./label-selector.ts";
import { oncePer } from "./once-per.ts";
import type { Json, World } from "./world.ts";

/** A rule of a role, as the API writes it; `*` is a wildcard. */
export interface RbacRule {
	readonly verbs: readonly string[];
	readonly apiGroups: readonly string[];
	/** Plurals, with a subresource after a slash. */
	readonly resources: readonly string[];
	/** Empty for all names. */
	readonly resourceNames: readonly string[];
	readonly nonResourceURLs: readonly string[];
}

/** A Role or ClusterRole of a world. */
export interface RbacRole {
	readonly object: KubernetesObject;
	/** Undefined for a ClusterRole. */
	readonly namespace: string | undefined;
	readonly name: string;
	/** Its own rules; those of an aggregated role come from the roles that it selects. */
	readonly rules: readonly RbacRule[];
	readonly labels: Readonly<Record<string, string>>;
	/** Selectors of an aggregated ClusterRole. */
	readonly aggregates: readonly LabelSelector[];
	/** Whether a rule has parts that only Terraform knows. */
	readonly unresolved: boolean;
}

/** Who is bound. */
export interface RbacSubject {
	readonly kind: "User" | "Group" | "ServiceAccount";
	readonly name: string;
	/** Of a service account, else empty. */
	readonly namespace: string;
	/** Where the binding names it. */
	readonly argument: string;
}

/** A RoleBinding or ClusterRoleBinding of a world. */
export interface RbacBinding {
	readonly object: KubernetesObject;
	/** Undefined for a ClusterRoleBinding. */
	readonly namespace: string | undefined;
	readonly role: { readonly kind: string; readonly name: string };
	readonly subjects: readonly RbacSubject[];
}

/** Every role of a world, typed or as a manifest. */
export const rbacRoles = oncePer((world: World): readonly RbacRole[] => {
	const { all, resolve } = kubernetesObjects(world);
	return all
		.filter(({ kind }) => kind === "role" || kind === "cluster_role")
		.map((object) => {
			const given = argumentsOf(object);
			const rules = blocks(given.rule ?? given.rules, "").map(({ block: one }) => one);
			const aggregation = block(given.aggregation_rule ?? given.aggregationRule);
			return {
				object,
				namespace: object.kind === "role" ? object.namespace : undefined,
				name: object.name,
				rules: rules.map((rule) => readRule(rule, (name) => resolve(object.resource.stack, name))),
				labels: labelsOf(object.labels),
				aggregates: blocks(
					aggregation.cluster_role_selectors ?? aggregation.clusterRoleSelectors,
					"",
				).flatMap(({ block: one }) => labelSelector(one) ?? []),
				unresolved: rules.some(({ resource_names: _, ...rest }) => Object.values(rest).some(isUnresolved)),
			};
		});
});

/** Every binding of a world, typed or as a manifest. */
export const rbacBindings = oncePer((world: World): readonly RbacBinding[] => {
	const { all, resolve } = kubernetesObjects(world);
	return all
		.filter(({ kind }) => kind === "role_binding" || kind === "cluster_role_binding")
		.map((object) => {
			const { resource } = object;
			const given = argumentsOf(object);
			const isManifest = resource.type === "kubernetes_manifest";
			const role = block(isManifest ? given.roleRef : given.role_ref);
			return {
				object,
				namespace: object.kind === "role_binding" ? object.namespace : undefined,
				role: { kind: String(role.kind), name: resolve(resource.stack, role.name) ?? "" },
				subjects: blocks(
					isManifest ? given.subjects : given.subject,
					isManifest ? "manifest.subjects" : "subject",
				).map(({ block: one, path }) => ({
					kind: one.kind as RbacSubject["kind"],
					name: resolve(resource.stack, one.name) ?? "",
					namespace:
						one.kind === "ServiceAccount"
							? // The provider's default, whatever the namespace of the binding.
								(resolve(resource.stack, one.namespace) ?? (isManifest ? object.namespace : "default"))
							: "",
					argument: path,
				})),
			};
		});
});

function argumentsOf({ resource }: KubernetesObject): Block {
	return resource.type === "kubernetes_manifest"
		? block(resource.arguments.manifest)
		: (resource.arguments as Block);
}

function readRule(given: Block, resolve: (name: Json) => string | undefined): RbacRule {
	const names = given.resource_names ?? given.resourceNames;
	return {
		verbs: textList(given.verbs),
		apiGroups: textList(given.api_groups ?? given.apiGroups),
		resources: textList(given.resources),
		resourceNames: Array.isArray(names) ? names.flatMap((name) => resolve(name) ?? []) : [],
		nonResourceURLs: textList(given.non_resource_urls ?? given.nonResourceURLs),
	};
}

function isUnresolved(value: Json | undefined): boolean {
	return Array.isArray(value) ? value.some(isExpression) : isExpression(value);
}
