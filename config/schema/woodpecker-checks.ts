import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

/**
 * The pipelines of the infrastructure have a namespace of their own, in which nothing else with rights runs. A step runs
 * as `default`, which has no rights there, unless it asks for another account and may.
 */
export function* pipelinesAreApart({
	vault: { machines },
	woodpecker: { infrastructure, sync },
}: Pick<Site, "vault" | "woodpecker">): Iterable<Problem> {
	const holders = new Map<string, string>();
	for (const [name, { machine }] of Object.entries({ infrastructure, sync })) {
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
		if (name === "infrastructure" && serviceAccount === "default")
			yield {
				path,
				message: `account default of ${machine}: every step that asks for nothing would have its rights, of whatever branch`,
			};
	}
}

/**
 * Who plans is another account than who deploys, in the same namespace, where the API server tells them apart by what
 * the CI server stamps.
 */
export function* plannerIsApart({
	vault: { machines },
	woodpecker: { planner, infrastructure },
}: Pick<Site, "vault" | "woodpecker">): Iterable<Problem> {
	const path = "woodpecker.planner";
	const [plans, deploys] = [machines[planner], machines[infrastructure.machine]];
	if (plans === undefined) {
		const candidates = Object.keys(machines);
		yield { path, message: `there is no machine "${planner}" in vault.machines`, input: planner, candidates };
		return;
	}
	if (deploys === undefined) return;
	if (plans.namespace !== deploys.namespace)
		yield { path, message: `expected a machine of namespace ${deploys.namespace}, in which its steps run` };
	if (plans.serviceAccount === deploys.serviceAccount || plans.serviceAccount === "default")
		yield {
			path,
			message: `account ${plans.serviceAccount} of ${planner}: whoever plans would have the rights of others`,
		};
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
