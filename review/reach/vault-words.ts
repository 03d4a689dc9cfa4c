import { plain } from "../../world/blocks.ts";
import { vaultTokenRoles } from "../../world/vault-token-roles.ts";
import type { World } from "../../world/world.ts";
import type { Risk, Whole } from "./fact.ts";
import { tokenHolders } from "./rbac-grants.ts";
import type { Actor } from "./subjects.ts";
import { readablePath } from "./vault-acl.ts";

/** What a capability at a path lets one do. */
export interface VaultWords {
	readonly verb: string;
	readonly object: string;
	readonly risk: Risk;
	readonly objectWholes?: readonly Whole[];
}

const kvVerbs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	data: { read: "read", create: "write", update: "write", patch: "write", delete: "delete" },
	metadata: {
		list: "list",
		read: "see versions of",
		create: "keep versions of",
		update: "keep versions of",
		patch: "keep versions of",
		delete: "delete",
	},
	delete: { update: "delete", create: "delete" },
	undelete: { update: "restore", create: "restore" },
	destroy: { update: "delete", create: "delete" },
};

/**
 * The words for a capability at a path of Vault; undefined where the engine knows no such operation.
 *
 * @param entries number of entries that are looked at
 */
export function vaultWords(
	world: World,
	actor: Actor,
	capability: string,
	sample: string,
	entries: number,
): VaultWords | undefined {
	const { kvMount } = world.site.vault;
	const path = readablePath(sample);
	const [mount, endpoint = "", ...rest] = path.split("/");
	const name = rest.join("/");
	if (mount === kvMount && kvVerbs[endpoint] !== undefined && name !== "") {
		const verb = kvVerbs[endpoint][capability];
		const own = actor.owns.entries.includes(rest[0] ?? "");
		return verb === undefined
			? undefined
			: {
					verb,
					object: `${mount}/${name}`,
					risk: own ? "own-secrets" : "secrets",
					...(endpoint === "data"
						? { objectWholes: [{ name: `every entry of ${mount}/`, parts: entries }] }
						: {}),
				};
	}
	if (mount === "kubernetes" && endpoint === "creds")
		return capability === "update"
			? { verb: "get", object: tokenHolders(name), risk: tokenRisk(world, actor, name) }
			: undefined;
	if (mount === "database" && /^(static-)?creds$/.test(endpoint))
		return capability === "read"
			? {
					verb: "read",
					object: `the password of database user ${databaseUser(world, name)}`,
					risk: "secrets",
				}
			: undefined;
	if (mount === "transit" && (endpoint === "decrypt" || endpoint === "encrypt")) {
		if (capability !== "update") return undefined;
		const own = actor.owns.namespaces.some((namespace) => name === `sops-state-${namespace}`);
		const risk = endpoint === "encrypt" ? "change" : own ? "own-secrets" : "secrets";
		return { verb: `${endpoint} with`, object: `key ${name}`, risk };
	}
	if (path.startsWith("sys/storage/raft/snapshot") && capability === "read")
		return { verb: "copy", object: "the whole of Vault, sealed", risk: "secrets" };
	const looks = capability === "read" || capability === "list";
	const governs = /^(sys|auth|identity|\*|\+)(\/|$)/.test(path);
	return {
		verb: capability === "sudo" ? "use with sudo" : capability,
		object: `${path} of Vault`,
		risk: looks ? "look" : governs ? "cluster" : "change",
	};
}

/** Tokens for one's own namespace are no news; others lead into somebody else's. */
function tokenRisk(world: World, actor: Actor, role: string): Risk {
	const namespaces = vaultTokenRoles(world).find((one) => one.name === role)?.namespaces ?? [];
	const own = namespaces.length > 0 && namespaces.every((name) => actor.owns.namespaces.includes(name));
	return own ? "change" : "escalation";
}

function databaseUser(world: World, role: string): string {
	const found = world.stacks
		.flatMap(({ resources }) => resources)
		.find(
			({ type, arguments: given }) =>
				type === "vault_database_secret_backend_static_role" && given.name === role,
		);
	return plain(found?.arguments.username) ?? role;
}
