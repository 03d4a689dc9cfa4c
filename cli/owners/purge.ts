import { askVault, findInVault } from "../../clients/vault/ask-vault.ts";
import type { KvAddress } from "../../clients/vault/kv.ts";
import { VaultRefusal } from "../../clients/vault/refusal.ts";
import { UnspeakableName, unspeakable } from "../../clients/vault/vault-url.ts";
import { ownerNames } from "../../config/registry/owner-names.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** What was deleted. */
export interface Purged {
	/** Entries of the KV engine, all of their versions. */
	readonly entries: readonly string[];
	/** Namespaces whose deployers' tokens have been revoked. */
	readonly deployers: readonly string[];
}

/** An entry or a folder, as the segments of its path. */
type Path = readonly string[];

/** Rounds, since secrets may still be written meanwhile; and folders to visit, far more than a path can be deep. */
const bounds = { rounds: 3, folders: 100_000 };

/**
 * Deletes the secrets of a user who was removed, history included, and revokes the tokens of the deployers: the next
 * user of that name would inherit the former, and the latter outlive a namespace that others keep. It lists again
 * afterwards: when it returns, nothing is left.
 *
 * @param at the entry of the user
 * @param deployers namespaces whose deployers' leases are revoked, before anything else
 * @param most bounds of the work
 * @throws Error when Vault does not answer or refuses, or when something is left; what was deleted until then stays
 * deleted
 */
export async function purge(
	at: KvAddress,
	deployers: readonly string[],
	most: Readonly<typeof bounds> = bounds,
): Promise<Purged> {
	for (const namespace of deployers) {
		const role = ["kubernetes", "creds", ownerNames.deployer(namespace)];
		await askVault(at, { method: "PUT", path: ["sys", "leases", "revoke-prefix", ...role] });
	}
	const entries = new Set<string>();
	for (let round = 0; round < most.rounds; round++) {
		const found = await entriesBelow(at, most.folders);
		if (found.length === 0) return { entries: [...entries], deployers };
		for (const entry of found) if (await deleted(at, entry)) entries.add(entry.join("/"));
	}
	const left = await entriesBelow(at, most.folders);
	if (left.length === 0) return { entries: [...entries], deployers };
	throw new VisibleError(
		`${left.length} of the secrets below ${at.mount}/${at.path} cannot be deleted, or come back: ${left.slice(0, 3).map(quoted).join(", ")}. Whoever gets the name inherits them: end what writes them, delete them by hand, or remove the person without --purge and give the name to nobody`,
	);
}

/**
 * Paths of the entry, if there is one, and of everything below it. A folder whose name no URL can spell stands for its
 * content.
 */
async function entriesBelow(at: KvAddress, most: number): Promise<Path[]> {
	const top = at.path.split("/");
	const own = await findInVault(at, { path: [at.mount, "metadata", ...top] });
	const found: Path[] = own === undefined ? [] : [top];
	const folders: Path[] = [top];
	for (let looked = 0; looked < folders.length; looked++) {
		if (looked === most)
			throw new VisibleError(
				`there are more than ${most} folders below ${at.mount}/${at.path}: who writes them?`,
			);
		const folder = folders[looked] ?? [];
		const keys = await listed(at, folder);
		for (const key of keys) {
			const name = key.replace(/\/$/, "");
			const isFolder = key.endsWith("/") && !unspeakable.includes(name);
			(isFolder ? folders : found).push([...folder, name]);
		}
	}
	return found;
}

async function listed(at: KvAddress, folder: Path): Promise<readonly string[]> {
	const answer = await findInVault(at, { method: "LIST", path: [at.mount, "metadata", ...folder] });
	if (answer === undefined) return [];
	const keys = (answer.data as { readonly keys?: unknown } | undefined)?.keys;
	if (!Array.isArray(keys) || keys.some((key) => typeof key !== "string"))
		throw new VisibleError(
			`list of ${quoted(folder)}: Vault answers with something that is no list of names`,
		);
	return keys;
}

/** Whether an entry was deleted. A name that Vault refuses must not keep the other entries from being deleted. */
async function deleted(at: KvAddress, entry: Path): Promise<boolean> {
	try {
		await askVault(at, { method: "DELETE", path: [at.mount, "metadata", ...entry] });
		return true;
	} catch (error) {
		if (error instanceof UnspeakableName || (error instanceof VaultRefusal && error.status === 400))
			return false;
		throw error;
	}
}

/** A path as quoted text: it may hold any character. */
const quoted = (path: Path) => JSON.stringify(path.join("/"));
