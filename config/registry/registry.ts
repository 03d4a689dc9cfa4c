import type { roles } from "./entry.ts";

export type Role = (typeof roles)[number];

/** Limits of one namespace, as Kubernetes quantities. */
export interface Quota {
	readonly cpuRequests: string;
	readonly memoryRequests: string;
	readonly memoryLimits: string;
	readonly pods: string;
	readonly storageRequests: string;
	readonly persistentVolumeClaims: string;
}

export const quotaDefaults: Quota = {
	cpuRequests: "2",
	memoryRequests: "4Gi",
	memoryLimits: "8Gi",
	pods: "20",
	storageRequests: "20Gi",
	persistentVolumeClaims: "5",
};

export type PodSecurity = "restricted" | "baseline";

/** A user: an entry of the registry, whatever its role (docs/reference/owners.md#words). */
export interface User {
	/** Key of the entry: policy, entity and login are named after it. */
	readonly key: string;
	readonly role: Role;
	/** Lower case. */
	readonly email: string;
	/** Whether every right has been taken back, while data stays. */
	readonly disabled: boolean;
	/** Whether the CI server lists the user as an administrator. */
	readonly ciAdmin: boolean;
	/** The organisation at the CI server whose pipelines are the owner's; absent: none are run. */
	readonly ciOrgId?: number;
}

/** An owner: a user of the role `namespace-owner`. */
export interface Owner extends User {
	readonly role: "namespace-owner";
	readonly namespaces: readonly string[];
	/** Labels below the domain of tenants. */
	readonly domains: readonly string[];
	readonly podSecurity: PodSecurity;
}

/** An owner with an organisation at the CI server. */
export interface PipelineOwner extends Owner {
	readonly ciOrgId: number;
}

/** A namespace of one or more owners. */
export interface OwnerNamespace {
	readonly name: string;
	/** All of its owners, disabled ones included. */
	readonly owners: readonly Owner[];
	readonly quota: Quota;
	/** The stricter of what its owners say. */
	readonly podSecurity: PodSecurity;
	/** Labels that its ingresses may serve: those of its active owners. */
	readonly domains: readonly string[];
}

/** All users, and the lists that the stacks are built from, each sorted by name. */
export interface Registry {
	readonly users: readonly User[];
	/** Owners who are not disabled. */
	readonly owners: readonly Owner[];
	/** Owners who are disabled. */
	readonly disabledOwners: readonly Owner[];
	readonly namespaces: readonly OwnerNamespace[];
	/** Every owner who is not disabled, paired with each of their namespaces. */
	readonly pairs: readonly { readonly owner: Owner; readonly namespace: OwnerNamespace }[];
	readonly domains: readonly { readonly label: string; readonly owner: Owner }[];
}
