import { parseRegistry } from "../../config/registry/parse-registry.ts";
import type { Owner, Registry } from "../../config/registry/registry.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Entries } from "../owners/change-registry.ts";
import { add } from "../owners/edits.ts";
import type { RegistryStore } from "../owners/registry-store.ts";

/** The registry as it would be with the new owner. */
export interface Preview {
	readonly owner: Owner;
	readonly registry: Registry;
	/** Whether the entry is still to be written. */
	readonly isNew: boolean;
	/** Writes the entry. */
	readonly edit: (entries: Entries) => Entries;
}

/**
 * Checks the entry of a new owner and writes nothing.
 *
 * @param entry without one, the entry of the registry: the command resumes an onboarding that stopped
 * @throws ConfigError with every problem that the registry would have; UsageError when there is no such owner, the
 * owner is disabled, or the registry has another entry for the key
 */
export async function previewOwner(
	store: RegistryStore,
	user: string,
	entry: Entries[string] | undefined,
): Promise<Preview> {
	const subject = `registry ${store.name}`;
	const { text } = await store.read();
	parseRegistry(text, subject, store.hosts);
	const entries = JSON.parse(text) as Entries;
	if (entry === undefined && !Object.hasOwn(entries, user))
		throw new UsageError(`${user} is not in the registry yet`, "name the address: --email <address>");
	const edit = entry === undefined ? (same: Entries) => same : add(user, entry);
	const edited = edit(entries);
	const registry = parseRegistry(JSON.stringify(edited), `${subject}, changed`, store.hosts);
	const owner = registry.owners.find(({ key }) => key === user);
	if (owner === undefined)
		throw new UsageError(
			`${user} is no active namespace-owner, and onboarding is for those`,
			"infra owners enable gives back what was taken; infra owners add takes other roles",
		);
	return { owner, registry, isNew: edited !== entries, edit };
}
