import { formatDuration } from "./duration.ts";
import type { Problem } from "./problem.ts";
import { stackNames } from "./reserved-names.ts";
import type { Site } from "./site.ts";

/** How the roles of tenants' machines begin. */
const tenantRoles = {
	"tenant-secrets-": "the reader of a tenant's namespace",
	"pipelines-": "the pipelines of an owner",
};

/**
 * Each machine logs in with a service account of its own. An issued token has no name of a deployer, and its longest
 * lifetime is at least its lifetime.
 */
export function* loginsAreApart({
	vault: { machines, issuedTokens },
}: Pick<Site, "vault">): Iterable<Problem> {
	const holders = new Map<string, string>();
	for (const [name, { namespace, serviceAccount }] of Object.entries(machines)) {
		const account = `${namespace}/${serviceAccount}`;
		const other = holders.get(account);
		if (other !== undefined)
			yield {
				path: `vault.machines.${name}.serviceAccount`,
				message: `${account} logs in as ${other} already: whoever has one role would have both`,
			};
		holders.set(account, name);
		for (const [prefix, whose] of Object.entries(tenantRoles))
			if (name.startsWith(prefix))
				yield {
					path: `vault.machines.${name}`,
					message: `the name belongs to ${whose}: choose another`,
				};
	}
	for (const [name, { lifetime, longest }] of Object.entries(issuedTokens)) {
		const path = `vault.issuedTokens.${name}`;
		if (name.endsWith("-deployer"))
			yield { path, message: "the name belongs to the deployer of a tenant's namespace: choose another" };
		if (longest < lifetime)
			yield {
				path: `${path}.longest`,
				message: `expected at least the lifetime, ${formatDuration(lifetime)}`,
			};
	}
}

/** The group of administrators is among the groups that may log in, where the site limits these. */
export function* administratorsGetIn({ vault: { identity } }: Pick<Site, "vault">): Iterable<Problem> {
	const { groups, adminGroup } = identity;
	if (groups.length > 0 && !groups.includes(adminGroup))
		yield {
			path: "vault.identity.groups",
			message: `${adminGroup} is missing: its members administer Vault and could not log in`,
		};
}

/**
 * Names that the platform uses in Vault are reserved in the registry: an owner's key is an entry beside those of the
 * platform, and an owner's namespace is the name of a state key and may hold any service account.
 */
export function* platformNamesAreReserved({ vault }: Pick<Site, "vault">): Iterable<Problem> {
	const { machines, issuedTokens, encryptedStates, readers } = vault;
	const names = [
		...Object.entries(machines).map(
			([name, { namespace }]) => [`vault.machines.${name}.namespace`, namespace] as const,
		),
		...Object.entries(issuedTokens).map(
			([name, { namespace }]) => [`vault.issuedTokens.${name}.namespace`, namespace] as const,
		),
		...encryptedStates.map((name, index) => [`vault.encryptedStates.${index}`, name] as const),
		...Object.entries(readers).flatMap(([policy, entries]) =>
			entries.map((entry, index) => [`vault.readers.${policy}.${index}`, entry] as const),
		),
	];
	for (const [path, name] of names)
		if (!stackNames.has(name))
			yield {
				path,
				message: `a tenant could be called ${name} and get what is meant for the platform: add it to stackNames in config/schema/reserved-names.ts`,
			};
}
