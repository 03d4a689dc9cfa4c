import { VisibleError } from "../config/schema/visible-error.ts";
import { plain } from "./blocks.ts";
import { references } from "./references.ts";
import type { Resource, World } from "./world.ts";

/** Text of an argument of a resource, without slashes at its ends. @throws VisibleError when nobody knows it yet */
type Read = (argument: string, otherwise?: string) => string;

/** Where Vault's API has what a resource makes, by type; undefined for what is a part of another thing. */
const places: Readonly<Record<string, ((read: Read) => string) | undefined>> = {
	vault_audit: (read) => `sys/audit/${read("path", read("type"))}`,
	vault_auth_backend: (read) => `sys/auth/${read("path", read("type"))}`,
	vault_database_secret_backend_connection: (read) => `${read("backend")}/config/${read("name")}`,
	vault_database_secret_backend_static_role: (read) => `${read("backend")}/static-roles/${read("name")}`,
	vault_identity_entity: (read) => `identity/entity/name/${read("name")}`,
	vault_identity_entity_alias: undefined,
	vault_identity_group: (read) => `identity/group/name/${read("name")}`,
	vault_identity_group_alias: undefined,
	vault_jwt_auth_backend: (read) => `sys/auth/${read("path", "jwt")}`,
	vault_jwt_auth_backend_role: (read) => `auth/${read("backend", "jwt")}/role/${read("role_name")}`,
	vault_kubernetes_auth_backend_config: undefined,
	vault_kubernetes_auth_backend_role: (read) =>
		`auth/${read("backend", "kubernetes")}/role/${read("role_name")}`,
	vault_kubernetes_secret_backend: (read) => `sys/mounts/${read("path")}`,
	vault_kubernetes_secret_backend_role: (read) => `${read("backend")}/roles/${read("name")}`,
	vault_kv_secret_backend_v2: undefined,
	vault_kv_secret_v2: (read) => `${read("mount")}/metadata/${read("name")}`,
	vault_mount: (read) => `sys/mounts/${read("path")}`,
	vault_policy: (read) => `sys/policies/acl/${read("name")}`,
	vault_quota_rate_limit: (read) => `sys/quotas/rate-limit/${read("name")}`,
	// Every store of Raft has one.
	vault_raft_autopilot: undefined,
	vault_transit_secret_backend_key: (read) => `${read("backend")}/keys/${read("name")}`,
};

/** Blocks that make something in Vault. */
export function vaultResources(world: World): readonly Resource[] {
	return world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ mode, type }) => mode === "resource" && type.startsWith("vault_"));
}

/**
 * Where Vault's API has what a resource makes; undefined for what is a part of another thing.
 *
 * @throws VisibleError for a type that is not known here
 */
export function vaultPlace(type: string, read: Read): string | undefined {
	if (!Object.hasOwn(places, type)) throw new VisibleError(`it is not known here where Vault has a ${type}`);
	return places[type]?.(read);
}

/**
 * Everything that a world declares in Vault, as paths of its API.
 *
 * @throws VisibleError for what cannot be told: without it, the list of what nobody declares would be wrong
 */
export function declaredPlaces(world: World): ReadonlySet<string> {
	const { literalOf } = references(world);
	return new Set(
		vaultResources(world).flatMap(({ stack, type, address, arguments: given }) => {
			const read: Read = (argument, otherwise) => {
				const value = literalOf(stack, given[argument]) ?? otherwise;
				if (value === undefined) throw new VisibleError(`${argument} is known only to Terraform`);
				return value.replace(/^\/+|\/+$/g, "");
			};
			try {
				return vaultPlace(type, read) ?? [];
			} catch (error) {
				throw new VisibleError(`${address}: ${(error as Error).message}`);
			}
		}),
	);
}

/** Aliases of the entities that a world declares, by path of the entity: `auth/<mount>/<name>`. */
export function declaredAliases(world: World): ReadonlyMap<string, readonly string[]> {
	const { blockOf, literalOf } = references(world);
	const aliases = new Map<string, string[]>();
	for (const { type, stack, arguments: given } of vaultResources(world)) {
		if (type !== "vault_identity_entity_alias") continue;
		const entity = plain(blockOf(stack, given.canonical_id)?.arguments.name);
		const mount = blockOf(stack, given.mount_accessor)?.arguments;
		const path = literalOf(stack, mount?.path) ?? plain(mount?.type) ?? "jwt";
		const place = `identity/entity/name/${entity}`;
		aliases.set(place, [...(aliases.get(place) ?? []), `auth/${path}/${literalOf(stack, given.name)}`]);
	}
	return aliases;
}
