import { defined } from "../../config/schema/defined.ts";
import { selects } from "../../world/label-selector.ts";
import { oncePer } from "../../world/once-per.ts";
import { type RbacRule, rbacBindings, rbacRoles } from "../../world/rbac.ts";
import { vaultTokenRoles } from "../../world/vault-token-roles.ts";
import type { Resource, World } from "../../world/world.ts";
import { deployersSetImagesOnly } from "./admission.ts";
import { builtInRoles } from "./built-in-roles.ts";
import { type Actor, boundActor } from "./subjects.ts";

/** A rule that somebody has. */
export interface GrantedRule {
	readonly actor: Actor;
	/** Undefined for the whole cluster. */
	readonly namespace: string | undefined;
	readonly rule: RbacRule;
	/** Name of the built-in role that it comes from. */
	readonly builtIn?: string;
	/** Whether an admission policy leaves of changes to Deployments only that of images. */
	readonly imagesOnly?: boolean;
	/** The binding, and the role when a stack makes it. */
	readonly grants: readonly Resource[];
}

/** A role that somebody has, whose rules cannot be read. */
export interface UnknownRole {
	readonly actor: Actor;
	readonly namespace: string | undefined;
	readonly role: string;
	readonly grants: readonly Resource[];
}

/** Prefix of the accounts that Vault makes for its token roles, as a subject. */
export function tokenHolders(role: string): string {
	return `tokens of Vault's role ${role}`;
}

/** Who has which rules of the Kubernetes API, aggregated roles resolved. */
export const rbacGrants = oncePer(
	(world: World): { readonly rules: readonly GrantedRule[]; readonly unknown: readonly UnknownRole[] } => {
		const rules: GrantedRule[] = [];
		const unknown: UnknownRole[] = [];
		const grant = (
			actor: Actor,
			namespace: string | undefined,
			role: { kind: string; name: string },
			block: Resource,
			imagesOnly = false,
		) => {
			const found = rulesOf(world, role.kind, namespace, role.name);
			if (found === undefined) unknown.push({ actor, namespace, role: role.name, grants: [block] });
			for (const { rule, builtIn, from } of found ?? [])
				rules.push({
					actor,
					namespace,
					rule,
					...defined({ builtIn }),
					imagesOnly,
					grants: from === undefined ? [block] : [block, from],
				});
		};
		for (const { object, namespace, role, subjects } of rbacBindings(world))
			for (const subject of subjects) grant(boundActor(world, subject), namespace, role, object.resource);
		for (const { resource, name, namespaces, role } of vaultTokenRoles(world)) {
			if (role === undefined) continue;
			const actor: Actor = {
				name: tokenHolders(name),
				partOf: [],
				owns: { namespaces, entries: [] },
				reach: "one",
			};
			for (const namespace of namespaces)
				grant(
					actor,
					namespace === "*" ? undefined : namespace,
					role,
					resource,
					deployersSetImagesOnly(world, namespace),
				);
		}
		return { rules, unknown };
	},
);

interface FoundRule {
	readonly rule: RbacRule;
	readonly builtIn?: string;
	readonly from?: Resource;
}

/** Rules of a role; undefined when no document has it, or a part of it is known only to Terraform. */
function rulesOf(
	world: World,
	kind: string,
	namespace: string | undefined,
	name: string,
): readonly FoundRule[] | undefined {
	const roles = rbacRoles(world);
	if (kind === "Role") {
		const role = roles.find((one) => one.namespace === namespace && one.name === name);
		return role === undefined || role.unresolved
			? undefined
			: role.rules.map((rule) => ({ rule, from: role.object.resource }));
	}
	return clusterRules(world, name, new Set());
}

function clusterRules(world: World, name: string, seen: Set<string>): readonly FoundRule[] | undefined {
	if (seen.has(name)) return [];
	seen.add(name);
	const roles = rbacRoles(world).filter((one) => one.namespace === undefined);
	const own = roles.find((one) => one.name === name);
	const builtIn = own === undefined ? builtInRoles[name] : undefined;
	if (own?.unresolved || (own === undefined && builtIn === undefined)) return undefined;
	const aggregates = own?.aggregates ?? builtIn?.aggregates ?? [];
	const parts = [
		...(builtIn?.contains ?? []),
		...roles
			.filter((one) => one.name !== name && aggregates.some((one2) => selects(one2, one.labels)))
			.map((one) => one.name),
	];
	const resolved = parts.map((part) => clusterRules(world, part, seen));
	if (resolved.includes(undefined)) return undefined;
	const direct: readonly FoundRule[] =
		own === undefined
			? (builtIn?.rules ?? []).map((rule) => ({ rule, builtIn: name }))
			: // The controller replaces the rules of an aggregated role.
				aggregates.length > 0
				? []
				: own.rules.map((rule) => ({ rule, from: own.object.resource }));
	const inherited = resolved.flatMap((part) => part ?? []);
	return [
		...direct,
		// What a built-in role contains is its own.
		...inherited.map((one) =>
			builtIn !== undefined && one.builtIn !== undefined ? { ...one, builtIn: name } : one,
		),
	];
}

/** A request to the API server. */
export interface ApiRequest {
	readonly verb: string;
	readonly group: string;
	/** Plural. */
	readonly resource: string;
	readonly subresource?: string;
	readonly namespace?: string;
	readonly name?: string;
}

/** Whether an actor, or whomever else the actor is part of, may make a request. */
export function mayRequest(
	world: World,
	actor: Pick<Actor, "name" | "partOf">,
	request: ApiRequest,
): boolean {
	const names = [actor.name, ...actor.partOf];
	return rbacGrants(world).rules.some(
		(grant) =>
			names.includes(grant.actor.name) &&
			(grant.namespace === undefined || grant.namespace === request.namespace) &&
			allows(grant.rule, request),
	);
}

/** Whether a rule allows a request (package `k8s.io/component-helpers/auth/rbac/validation`). */
export function allows(rule: RbacRule, { verb, group, resource, subresource, name }: ApiRequest): boolean {
	const full = subresource === undefined ? resource : `${resource}/${subresource}`;
	return (
		has(rule.verbs, verb) &&
		has(rule.apiGroups, group) &&
		(has(rule.resources, full) ||
			(subresource !== undefined && rule.resources.includes(`*/${subresource}`))) &&
		(rule.resourceNames.length === 0 || (name !== undefined && rule.resourceNames.includes(name)))
	);
}

function has(list: readonly string[], value: string): boolean {
	return list.includes("*") || list.includes(value);
}
