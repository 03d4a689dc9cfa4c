import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

/**
 * Each kind of pipeline has a namespace of its own, in which nothing else with rights runs. A step runs as `default`
 * unless it asks for another account and may; in the namespace of infrastructure pipelines `default` has no rights.
 */
export function* pipelinesAreApart({
	vault: { machines },
	woodpecker: { tenants, infrastructure, sync },
}: Pick<Site, "vault" | "woodpecker">): Iterable<Problem> {
	const holders = new Map<string, string>();
	for (const [name, { machine }] of Object.entries({ tenants, infrastructure, sync })) {
		const path = `woodpecker.${name}.machine`;
		const identity = machines[machine];
		if (identity === undefined) {
			const candidates = Object.keys(machines);
			yield {
				path,
				message: `there is no machine "${machine}" in vault.machines`,
				input: machine,
				candidates,
			};
			continue;
		}
		const { namespace, serviceAccount } = identity;
		const holder = holders.get(namespace);
		if (holder !== undefined)
			yield {
				path,
				message: `namespace ${namespace} belongs to ${holder}: every step there could be either`,
			};
		holders.set(namespace, name);
		if (name === "tenants" && serviceAccount !== "default")
			yield {
				path,
				message: `account ${serviceAccount} of ${machine}: steps of tenants run as default and cannot ask for another`,
			};
		if (name === "infrastructure" && serviceAccount === "default")
			yield {
				path,
				message: `account default of ${machine}: every step that asks for nothing would have its rights, of whatever branch`,
			};
	}
}

/** A password that Vault rotates belongs to a database user that Vault manages. */
export function* databaseUserIsRotated({
	vault: { databases },
	woodpecker: { database },
}: Pick<Site, "vault" | "woodpecker">): Iterable<Problem> {
	const users = databases.postgresql?.users ?? [];
	if (database.password.kind === "rotated" && !users.includes(database.user))
		yield {
			path: "woodpecker.database.user",
			message: `${database.user} is missing in vault.databases.postgresql.users: nobody rotates the password`,
		};
}
