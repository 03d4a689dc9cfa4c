import { askVault, findInVault, type VaultAccess } from "../../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../../clients/vault/refusal.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";

/** Lists inside a login method, by its type; a method's roles are who may log in. */
const inMethods: Readonly<Record<string, readonly string[]>> = {
	approle: ["role"],
	cert: ["certs"],
	github: ["map/teams", "map/users"],
	jwt: ["role"],
	kubernetes: ["role"],
	ldap: ["groups", "users"],
	oidc: ["role"],
	token: ["roles"],
	userpass: ["users"],
};

/** Lists inside an engine, by its type. What a KV engine holds is data, and nobody declares it. */
const inEngines: Readonly<Record<string, readonly string[]>> = {
	cubbyhole: [],
	database: ["config", "roles", "static-roles"],
	identity: ["group/name", "oidc/client", "oidc/role"],
	kubernetes: ["roles"],
	kv: [],
	pki: ["roles"],
	ssh: ["roles"],
	system: [],
	totp: ["keys"],
	transit: ["keys"],
};

/** What a new server has by itself. */
const fromTheStart: ReadonlySet<string> = new Set([
	"sys/auth/token",
	"sys/mounts/cubbyhole",
	"sys/mounts/identity",
	"sys/mounts/sys",
	"sys/policies/acl/default",
	"sys/policies/acl/root",
]);

/** What a server has, as paths of its API, and which of its lists could not be read. */
export interface Inventory {
	readonly places: readonly string[];
	readonly errors: readonly string[];
}

/**
 * What a server has beside data: policies, limits, logins, engines, audit devices, namespaces, and what is in those methods
 * and engines that somebody declares. Whatever is in one that nobody declares goes with it.
 */
export async function inventoryOf(access: VaultAccess, declared: ReadonlySet<string>): Promise<Inventory> {
	const places: string[] = [];
	const errors: string[] = [];
	const attempt = async (read: () => Promise<readonly string[]>) => {
		try {
			places.push(...(await read()));
		} catch (error) {
			if (!(error instanceof VisibleError)) throw error;
			errors.push(error.message);
		}
	};
	for (const [table, prefix, lists] of [
		["sys/auth", "auth/", inMethods],
		["sys/mounts", "", inEngines],
	] as const)
		await attempt(async () => {
			const mounts = await mountsOf(access, table);
			for (const [path, type] of mounts)
				if (declared.has(`${table}/${path}`) || fromTheStart.has(`${table}/${path}`))
					await attempt(async () => {
						const inside = listsOf(lists, type, `${prefix}${path}`);
						return (await Promise.all(inside.map((list) => listOf(access, list)))).flat();
					});
			return [...mounts.keys()].map((path) => `${table}/${path}`);
		});
	await attempt(() => listOf(access, "sys/policies/acl"));
	await attempt(() => listOf(access, "sys/quotas/rate-limit"));
	await attempt(async () =>
		[...(await mountsOf(access, "sys/audit")).keys()].map((path) => `sys/audit/${path}`),
	);
	await attempt(() => namespacesOf(access));
	return { places: places.filter((place) => !fromTheStart.has(place)), errors };
}

/** Names of a list, as paths; none when Vault has no such list. */
export async function listOf(access: VaultAccess, list: string): Promise<readonly string[]> {
	const answer = await findInVault(access, { method: "LIST", path: list.split("/") });
	const { keys = [] } = (answer?.data ?? {}) as { readonly keys?: readonly string[] };
	return keys.map((key) => `${list}/${key.replace(/\/$/, "")}`);
}

/** Types of what is mounted in a table of Vault, by path. */
async function mountsOf(access: VaultAccess, table: string): Promise<ReadonlyMap<string, string>> {
	const { data } = await askVault(access, { path: table.split("/") });
	if (typeof data !== "object" || data === null)
		throw new VisibleError(`GET ${access.address}/v1/${table} answers with something that is no table`);
	return new Map(
		Object.entries(data as Readonly<Record<string, { readonly type?: string }>>).map(
			([path, { type = "" }]) => [path.replace(/\/$/, ""), type],
		),
	);
}

function listsOf(lists: Readonly<Record<string, readonly string[]>>, type: string, mount: string): string[] {
	const known = Object.hasOwn(lists, type) ? lists[type] : undefined;
	if (known === undefined)
		throw new VisibleError(`${mount}: it is not known here what a mount of type ${type} has in it`);
	return known.map((list) => `${mount}/${list}`);
}

/** Namespaces of a server that has them. */
async function namespacesOf(access: VaultAccess): Promise<readonly string[]> {
	try {
		return await listOf(access, "sys/namespaces");
	} catch (error) {
		// Vault without the enterprise's features.
		if (error instanceof VaultRefusal && error.errors.some((words) => /unsupported path/.test(words)))
			return [];
		throw error;
	}
}
