import { block, plain } from "./blocks.ts";
import { oncePer } from "./once-per.ts";
import { references } from "./references.ts";
import type { Resource, World } from "./world.ts";

/** Somebody who can log in to Vault, and the policies of the token. */
export type VaultLogin = {
	/** Blocks that give the policies. */
	readonly resources: readonly Resource[];
	readonly policies: readonly string[];
	/** What only Terraform knows, or a setting that cannot be judged; undefined when all is known. */
	readonly problem?: string;
} & (
	| {
			readonly kind: "accounts";
			/** `*` for all. */
			readonly namespaces: readonly string[];
			readonly names: readonly string[];
	  }
	| { readonly kind: "group"; readonly name: string }
	| { readonly kind: "role"; readonly name: string; readonly groups: readonly string[] }
	| { readonly kind: "entity"; readonly name: string; readonly addresses: readonly string[] }
);

/** Every login of a world: roles of the Kubernetes method, roles and groups of the identity provider, entities. */
export const vaultLogins = oncePer((world: World): readonly VaultLogin[] =>
	world.stacks
		.flatMap(({ resources }) => resources)
		.flatMap((resource): VaultLogin[] => {
			const { type } = resource;
			if (type === "vault_kubernetes_auth_backend_role") return [accounts(world, resource)];
			if (type === "vault_jwt_auth_backend_role") return [providerRole(world, resource)];
			if (type === "vault_identity_group") return groups(world, resource);
			return type === "vault_identity_entity" ? [entity(world, resource)] : [];
		}),
);

function accounts(world: World, resource: Resource): VaultLogin {
	const { stack, arguments: given } = resource;
	const { literalsOf } = references(world);
	const [namespaces, names, policies] = [
		literalsOf(stack, given.bound_service_account_namespaces),
		literalsOf(stack, given.bound_service_account_names),
		literalsOf(stack, given.token_policies),
	];
	const problem =
		given.bound_service_account_namespace_selector === undefined
			? unresolved(namespaces, names, policies)
			: "namespaces are selected by labels";
	return {
		kind: "accounts",
		resources: [resource],
		namespaces: namespaces.values,
		names: names.values,
		policies: policies.values,
		...problemOf(problem),
	};
}

function providerRole(world: World, resource: Resource): VaultLogin {
	const { stack, arguments: given } = resource;
	const policies = references(world).literalsOf(stack, given.token_policies);
	const groups = plain(block(given.bound_claims).groups);
	return {
		kind: "role",
		resources: [resource],
		name: plain(given.role_name) ?? "",
		groups: groups === undefined ? [] : groups.split(",").map((name) => name.trim()),
		policies: policies.values,
		...problemOf(unresolved(policies)),
	};
}

/** Members of a group at the identity provider, by each name that it has there. */
function groups(world: World, resource: Resource): VaultLogin[] {
	const { stack, arguments: given } = resource;
	const { literalsOf } = references(world);
	const policies = literalsOf(stack, given.policies);
	const common = {
		kind: "group",
		resources: [resource],
		policies: policies.values,
		...problemOf(unresolved(policies)),
	} as const;
	if (given.type !== "external") return [];
	const names = aliases(world, resource, "vault_identity_group_alias");
	return names.map((name) => ({ ...common, name }));
}

function entity(world: World, resource: Resource): VaultLogin {
	const { stack, address, arguments: given } = resource;
	const { literalsOf, blockOf } = references(world);
	const memberships = world.stacks
		.flatMap(({ resources }) => resources)
		.filter(
			(group) =>
				group.type === "vault_identity_group" &&
				group.stack === stack &&
				Array.isArray(group.arguments.member_entity_ids) &&
				group.arguments.member_entity_ids.some((id) => blockOf(stack, id)?.address === address),
		);
	const policies = [resource, ...memberships].map((one) => literalsOf(stack, one.arguments.policies));
	return {
		kind: "entity",
		resources: [resource, ...memberships],
		name: plain(given.name) ?? address,
		addresses: aliases(world, resource, "vault_identity_entity_alias"),
		policies: policies.flatMap(({ values }) => values),
		...problemOf(unresolved(...policies)),
	};
}

/** Names by which a group or an entity is known to an auth method. */
function aliases(world: World, { stack, address }: Resource, type: string): readonly string[] {
	const { blockOf, literalOf } = references(world);
	return world.stacks
		.flatMap(({ resources }) => resources)
		.filter(
			(alias) =>
				alias.type === type &&
				alias.stack === stack &&
				blockOf(stack, alias.arguments.canonical_id)?.address === address,
		)
		.flatMap((alias) => literalOf(stack, alias.arguments.name) ?? []);
}

function unresolved(...lists: readonly { readonly unresolved: boolean }[]): string | undefined {
	return lists.some((list) => list.unresolved) ? "a part of it is known only to Terraform" : undefined;
}

function problemOf(problem: string | undefined): { readonly problem?: string } {
	return problem === undefined ? {} : { problem };
}
