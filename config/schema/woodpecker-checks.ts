import type { Problem } from "./problem.ts";
import type { Site } from "./site.ts";

function noMachine(path: string, machine: string, machines: object): Problem {
	const candidates = Object.keys(machines);
	return { path, message: `there is no machine "${machine}" in vault.machines`, input: machine, candidates };
}

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
			yield noMachine(path, machine, machines);
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
 * Who plans, who renews the certificate and who deploys are three accounts of one namespace, where the API server tells
 * them apart by what the CI server stamps.
 */
export function* identitiesAreApart({
	vault: { machines },
	woodpecker: { planner, certifier, infrastructure },
}: Pick<Site, "vault" | "woodpecker">): Iterable<Problem> {
	const deploys = machines[infrastructure.machine];
	const taken = new Set(["default", ...(deploys === undefined ? [] : [deploys.serviceAccount])]);
	for (const [name, machine] of Object.entries({ planner, certifier })) {
		if (machine === undefined) continue;
		const path = `woodpecker.${name}`;
		const identity = machines[machine];
		if (identity === undefined) {
			yield noMachine(path, machine, machines);
			continue;
		}
		if (deploys !== undefined && identity.namespace !== deploys.namespace)
			yield { path, message: `expected a machine of namespace ${deploys.namespace}, in which its steps run` };
		if (taken.has(identity.serviceAccount))
			yield {
				path,
				message: `account ${identity.serviceAccount} of ${machine}: the ${name} would have the rights of others`,
			};
		taken.add(identity.serviceAccount);
	}
}

/** Nobody renews what an authority was not named for. */
export function* certifierHasAnAuthority({
	cluster,
	woodpecker: { certifier },
}: Pick<Site, "cluster" | "woodpecker">): Iterable<Problem> {
	if (certifier !== undefined && cluster.ingress.certificate.issuer.kind === "none")
		yield {
			path: "woodpecker.certifier",
			message:
				"cluster.ingress.certificate.issuer is none, so that somebody else renews it: leave the certifier out",
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
