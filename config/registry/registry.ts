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

/** A person of the registry. */
export interface User {
	/** Key of the entry: policy, entity and login are named after it. */
	readonly key: string;
	readonly role: Role;
	/** Lower case. */
	readonly email: string;
	/** Whether every right has been taken back, while data stays. */
	readonly disabled: boolean;
	/** Whether the CI server lists the person as an administrator. */
	readonly ciAdmin: boolean;
	readonly ciOrgId?: number;
}

/** A person with namespaces. */
export interface Owner extends User {
	readonly role: "namespace-owner";
	readonly namespaces: readonly string[];
	/** Labels below the site's domain. */
	readonly domains: readonly string[];
	readonly podSecurity: PodSecurity;
}

/** A namespace that owners have, alone or together. */
export interface OwnerNamespace {
	readonly name: string;
	/** Everyone who has it, disabled ones included. */
	readonly owners: readonly Owner[];
	readonly quota: Quota;
	/** The stricter of what its owners say. */
	readonly podSecurity: PodSecurity;
	/** Labels that its ingresses may serve: those of its active owners. */
	readonly domains: readonly string[];
}

/** Everybody, and the views that the stacks are built from. All lists are in the order of their names. */
export interface Registry {
	readonly users: readonly User[];
	/** Owners who have their rights. */
	readonly owners: readonly Owner[];
	/** Owners whose rights have been taken back. */
	readonly disabledOwners: readonly Owner[];
	readonly namespaces: readonly OwnerNamespace[];
	/** Every active owner with every namespace of theirs. */
	readonly pairs: readonly { readonly owner: Owner; readonly namespace: OwnerNamespace }[];
	readonly domains: readonly { readonly label: string; readonly owner: Owner }[];
}
