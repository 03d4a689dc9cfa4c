import { defined } from "../schema/defined.ts";
import type { Entry } from "./entry.ts";
import {
	type Owner,
	type OwnerNamespace,
	type PipelineOwner,
	type Quota,
	quotaDefaults,
	type Registry,
	type User,
} from "./registry.ts";

/** Quota of an entry, completed by the defaults. */
export function quotaOf({ quota = {} }: Pick<Entry, "quota">): Quota {
	return {
		cpuRequests: quota.cpu_requests ?? quotaDefaults.cpuRequests,
		memoryRequests: quota.memory_requests ?? quotaDefaults.memoryRequests,
		memoryLimits: quota.memory_limits ?? quotaDefaults.memoryLimits,
		pods: quota.pods ?? quotaDefaults.pods,
		storageRequests: quota.storage_requests ?? quotaDefaults.storageRequests,
		persistentVolumeClaims: quota.persistentvolumeclaims ?? quotaDefaults.persistentVolumeClaims,
	};
}

/**
 * Builds the registry from entries that have no problems. The result is frozen, and does not depend on the order of the
 * entries.
 */
export function derive(entries: Readonly<Record<string, Entry>>): Registry {
	const users = Object.entries(entries)
		.map(([key, entry]) => ({ user: userOf(key, entry), quota: entry.quota }))
		.sort((one, other) => compare(one.user.key, other.user.key));
	const allOwners = users.flatMap(({ user, quota }) => (isOwner(user) ? [{ owner: user, quota }] : []));
	const owners = allOwners.flatMap(({ owner }) => (owner.disabled ? [] : [owner]));
	const holdings = allOwners.flatMap(({ owner, quota }) =>
		owner.namespaces.map((name) => ({ name, owner, quota })),
	);
	const byName = Map.groupBy(holdings, ({ name }) => name);
	const aloneSomewhere = new Set(
		[...byName.values()].flatMap((sharing) =>
			sharing.length === 1 ? sharing.map(({ owner }) => owner.key) : [],
		),
	);
	const namespaces = [...byName]
		.sort(([one], [other]) => compare(one, other))
		.map(([name, sharing]): OwnerNamespace => {
			const holders = sharing.map(({ owner }) => owner);
			// Whoever shares the namespace decides what is served there: a host goes where its owner is alone.
			const hosts = holders.length === 1 ? holders : holders.filter((one) => !aloneSomewhere.has(one.key));
			return {
				name,
				owners: holders,
				// Owners who state limits state the same; the others take those.
				quota: quotaOf({ quota: sharing.find(({ quota }) => quota !== undefined)?.quota }),
				podSecurity: holders.every(({ podSecurity }) => podSecurity === "baseline")
					? "baseline"
					: "restricted",
				domains: hosts
					.filter(({ disabled }) => !disabled)
					.flatMap(({ domains }) => domains)
					.sort(compare),
			};
		});
	return frozen({
		users: users.map(({ user }) => user),
		owners,
		disabledOwners: allOwners.flatMap(({ owner }) => (owner.disabled ? [owner] : [])),
		namespaces,
		pairs: namespaces
			.flatMap((namespace) =>
				namespace.owners.flatMap((owner) => (owner.disabled ? [] : [{ owner, namespace }])),
			)
			.sort((one, other) => compare(one.owner.key, other.owner.key)),
		domains: owners
			.flatMap((owner) => owner.domains.map((label) => ({ label, owner })))
			.sort((one, other) => compare(one.label, other.label)),
	});
}

/** Owners whose pipelines the CI server runs: those with an organisation there who are not disabled. */
export function pipelineOwners({ owners }: Pick<Registry, "owners">): readonly PipelineOwner[] {
	return owners.flatMap((owner) =>
		owner.ciOrgId === undefined ? [] : [{ ...owner, ciOrgId: owner.ciOrgId }],
	);
}

function userOf(key: string, entry: Entry): User | Owner {
	const { role, email, disabled = false, ci_admin: ciAdmin = false, ci_org_id: ciOrgId } = entry;
	const user = { key, email, disabled, ciAdmin, ...defined({ ciOrgId }) };
	if (role !== "namespace-owner") return { ...user, role };
	const { namespaces = [], domains = [], pod_security: podSecurity = "restricted" } = entry;
	return { ...user, role, namespaces, domains, podSecurity };
}

function isOwner(user: User): user is Owner {
	return user.role === "namespace-owner";
}

/** By code units, so that the order does not depend on the locale. */
function compare(one: string, other: string): number {
	return one < other ? -1 : one > other ? 1 : 0;
}

function frozen<T>(value: T): T {
	if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
		Object.freeze(value);
		for (const entry of Object.values(value)) frozen(entry);
	}
	return value;
}
