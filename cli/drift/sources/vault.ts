import { vaultAccess } from "../../../clients/vault/access.ts";
import { askVault, type VaultAccess } from "../../../clients/vault/ask-vault.ts";
import { VaultRefusal } from "../../../clients/vault/refusal.ts";
import { vaultEntries } from "../../../world/vault-entries.ts";
import { declaredAliases, declaredPlaces, vaultResources } from "../../../world/vault-places.ts";
import type { World } from "../../../world/world.ts";
import type { Source } from "./source.ts";
import { missingEntries } from "./vault-entries.ts";
import { strangers } from "./vault-identities.ts";
import { inventoryOf } from "./vault-server.ts";
import { describePlaces } from "./vault-unmanaged.ts";

/** What Vault has beside Terraform's state: what nobody declares, and what is read and not there. */
export const vault: Source = {
	name: "vault",
	stacks: (world) => [
		...new Set([...ownerOf(world), ...vaultEntries(world).map(({ resource }) => resource.stack)]),
	],
	look: async ({ world, stack }) => {
		const access = await vaultAccess(world.site);
		await answers(access);
		const own = vaultEntries(world).filter(({ resource }) => resource.stack === stack);
		const entries = await missingEntries(access, world.site.vault.kvMount, own);
		if (!ownerOf(world).includes(stack)) return entries;
		const declared = declaredPlaces(world);
		const { places, errors } = await inventoryOf(access, declared);
		const people = await strangers(access, declared, declaredAliases(world));
		const unmanaged = places.filter((place) => !declared.has(place));
		return {
			drifted: [
				...(await describePlaces(access, [...unmanaged, ...people.entities])),
				...people.aliases,
				...entries.drifted,
			],
			errors: [...errors, ...people.errors, ...entries.errors],
		};
	},
};

/** One question first: of a server that does not answer at all, each list would say so. */
async function answers(access: VaultAccess): Promise<void> {
	try {
		await askVault(access, { path: ["auth", "token", "lookup-self"] });
	} catch (error) {
		if (!(error instanceof VaultRefusal)) throw error;
	}
}

/** The stack that is asked about the server as a whole: the first that makes anything in it. */
function ownerOf(world: World): string[] {
	return vaultResources(world)
		.slice(0, 1)
		.map(({ stack }) => stack);
}
