import { rename, rm, writeFile } from "node:fs/promises";
import { KvConflict, patchKv } from "../../clients/vault/kv.ts";
import {
	kvAddress,
	type RegistrySite,
	type RegistryText,
	readRegistry,
	registryPlace,
} from "../../clients/vault/load-registry.ts";

/** A place where the registry is kept and can be written. */
export interface RegistryStore {
	/** Name for messages. */
	readonly name: string;
	/** Labels of the hosts that the site serves itself. */
	readonly hosts: readonly string[];
	readonly read: () => Promise<RegistryText>;
	/**
	 * Writes the registry and nothing beside it, if it is still the version that was read.
	 *
	 * @throws KvConflict when it was written since
	 */
	readonly write: (text: string, read: RegistryText) => Promise<void>;
}

export function registryStore(site: RegistrySite): RegistryStore {
	const place = registryPlace(site);
	const hosts = Object.keys(site.virtualHosts);
	const read = () => readRegistry(site);
	if (place.kind === "vault")
		return {
			name: place.name,
			hosts,
			read,
			write: async (text, { version }) =>
				patchKv(await kvAddress(site, place.path), { [place.key]: text }, version),
		};
	return {
		name: place.name,
		hosts,
		read,
		write: (text, before) => replaceFile(place.file, text, async () => (await read()).text === before.text),
	};
}

/**
 * Replaces a file as a whole, one writer at a time: the new content is written beside it, under a name that only one
 * process can create.
 *
 * @param unchanged whether the file is still what the new content was made from
 * @throws KvConflict when it is not, or when another process is writing
 */
async function replaceFile(file: string, text: string, unchanged: () => Promise<boolean>): Promise<void> {
	const part = `${file}.part`;
	try {
		await writeFile(part, text, { flag: "wx" });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
		throw new KvConflict(`${part} is there: somebody else is writing, or was interrupted and left it behind`);
	}
	try {
		if (!(await unchanged())) throw new KvConflict(`${file} has been changed`);
		await rename(part, file);
	} catch (error) {
		await rm(part, { force: true });
		throw error;
	}
}
