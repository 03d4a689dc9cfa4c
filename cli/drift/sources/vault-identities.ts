import { findInVault, type VaultAccess } from "../../../clients/vault/ask-vault.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { pooled } from "../../../terminal/pool.ts";
import type { DriftedObject } from "../stack-drift.ts";
import { listOf } from "./vault-server.ts";

/** Concurrent questions to Vault. */
const atOnce = 4;
/** Each login for the first time leaves an entity; more than these are not looked at one by one. */
const most = 1000;
/** How Vault names an entity that a login has made; OpenBao adds the namespace. */
const ofLogin = /^entity_[0-9a-f]{8}(\.\w+)?$/;

interface Entity {
	readonly policies?: readonly string[] | null;
	readonly aliases?:
		| readonly {
				readonly name: string;
				readonly mount_path: string;
				readonly creation_time?: string;
		  }[]
		| null;
}

/**
 * Entities that nobody declares, without those that a login has made and nobody has given a policy; and names by which
 * somebody else logs in as an entity that is declared.
 *
 * @param declared paths of Vault's API
 * @param aliases of the declared entities
 */
export async function strangers(
	access: VaultAccess,
	declared: ReadonlySet<string>,
	aliases: ReadonlyMap<string, readonly string[]>,
) {
	const found = { entities: [] as string[], aliases: [] as DriftedObject[], errors: [] as string[] };
	try {
		const all = await listOf(access, "identity/entity/name");
		if (all.length > most)
			found.errors.push(`there are ${all.length} entities: those after the first ${most} were not looked at`);
		const entities = pooled(atOnce, all.slice(0, most), async (place) => ({
			place,
			entity: await read(access, place),
		}));
		for (const result of await Promise.all(entities)) {
			if (result.status === "rejected") throw result.reason;
			const { place, entity } = result.value;
			if (entity === undefined) continue;
			if (declared.has(place)) found.aliases.push(...strangeAliases(place, entity, aliases.get(place) ?? []));
			else if (!ofLogin.test(place.split("/").at(-1) ?? "") || (entity.policies ?? []).length > 0)
				found.entities.push(place);
		}
	} catch (error) {
		if (!(error instanceof VisibleError)) throw error;
		found.errors.push(error.message);
	}
	return found;
}

async function read(access: VaultAccess, place: string): Promise<Entity | undefined> {
	return (await findInVault(access, { path: place.split("/") }))?.data as Entity | undefined;
}

function strangeAliases(place: string, { aliases }: Entity, known: readonly string[]): DriftedObject[] {
	return (aliases ?? []).flatMap(({ name, mount_path: mount, creation_time: since }) => {
		const alias = `${mount.replace(/\/$/, "")}/${name}`;
		if (known.includes(alias)) return [];
		return {
			what: "unmanaged",
			address: `vault ${place}, alias ${alias}`,
			risk: "caution",
			arguments: [],
			consequences: ["whoever logs in by that name has the rights of the entity"],
			...(since === undefined ? {} : { since }),
		};
	});
}
