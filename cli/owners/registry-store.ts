import { rename, rm, writeFile } from "node:fs/promises";
import { KvConflict, patchKv } from "../../config/registry/kv.ts";
import {
	kvAddress,
	type RegistrySite,
	type RegistryText,
	readRegistry,
	registryPlace,
} from "../../config/registry/load-registry.ts";

/** The registry as something that can be written. */
export interface RegistryStore {
	/** Name for messages. */
	readonly name: string;
	/** Labels of the hosts that the site serves itself. */
	readonly hosts: readonly string[];
	readonly read: () => Promise<RegistryText>;
	/**
	 * Writes the registry and nothing beside it, if it is still what was read.
	 *
	 * @throws KvConflict when somebody else was faster
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
		write: async (text, before) => {
			const part = `${place.file}.${process.pid}.part`;
			try {
				await writeFile(part, text);
				if ((await read()).text !== before.text) throw new KvConflict(`${place.name} has been changed`);
				await rename(part, place.file);
			} finally {
				await rm(part, { force: true });
			}
		},
	};
}
