/**
 * Service tiers: how much a namespace matters to the platform. Quotas, priorities and defaults follow from the label.
 */
export const tiers = {
	core: "0-core",
	cluster: "1-cluster",
	gpu: "2-gpu",
	edge: "3-edge",
	aux: "4-aux",
} as const;

export type Tier = (typeof tiers)[keyof typeof tiers];

/** Tiers whose containers reserve all the memory that they may use: overcommitment has crashed a node. */
export const guaranteedMemoryTiers: readonly Tier[] = [tiers.core, tiers.cluster, tiers.gpu];

/** Defaults of a container that states no resources, and its maximum; Kubernetes quantities. */
export interface ContainerDefaults {
	readonly cpu: string;
	readonly memory: string;
	readonly memoryLimit: string;
	readonly largestLimit: string;
}

/** Settings of a tier. */
export interface TierFacts {
	/** Value of the priority class. */
	readonly priority: number;
	/** Whether its pods may preempt those of lower priority. */
	readonly preempts: boolean;
	readonly container: ContainerDefaults;
	/** Quota of a namespace that has none of its own. */
	readonly quota: {
		readonly cpu: string;
		readonly memory: string;
		readonly memoryLimits: string;
		readonly pods: number;
	};
}

export const tierFacts: Readonly<Record<Tier, TierFacts>> = {
	"0-core": {
		priority: 1_000_000,
		preempts: true,
		container: { cpu: "100m", memory: "256Mi", memoryLimit: "256Mi", largestLimit: "8Gi" },
		quota: { cpu: "8", memory: "8Gi", memoryLimits: "64Gi", pods: 100 },
	},
	"1-cluster": {
		priority: 800_000,
		preempts: true,
		container: { cpu: "100m", memory: "256Mi", memoryLimit: "256Mi", largestLimit: "8Gi" },
		quota: { cpu: "4", memory: "4Gi", memoryLimits: "32Gi", pods: 30 },
	},
	"2-gpu": {
		priority: 600_000,
		preempts: true,
		container: { cpu: "200m", memory: "1Gi", memoryLimit: "1Gi", largestLimit: "16Gi" },
		quota: { cpu: "8", memory: "12Gi", memoryLimits: "32Gi", pods: 40 },
	},
	"3-edge": {
		priority: 400_000,
		preempts: true,
		container: { cpu: "50m", memory: "128Mi", memoryLimit: "256Mi", largestLimit: "8Gi" },
		quota: { cpu: "4", memory: "4Gi", memoryLimits: "32Gi", pods: 30 },
	},
	"4-aux": {
		priority: 200_000,
		preempts: false,
		container: { cpu: "50m", memory: "64Mi", memoryLimit: "256Mi", largestLimit: "4Gi" },
		quota: { cpu: "2", memory: "3Gi", memoryLimits: "16Gi", pods: 20 },
	},
};

/** Defaults in a namespace without a tier. */
export const untieredContainer: ContainerDefaults = {
	cpu: "50m",
	memory: "128Mi",
	memoryLimit: "192Mi",
	largestLimit: "4Gi",
};

/** Name of a tier's priority class. */
export const priorityClassOf = (tier: Tier) => `tier-${tier}`;

/** Pods with a GPU have the highest priority: there is one GPU. */
export const gpuPriority = { name: "gpu-workload", value: 1_200_000 } as const;

/** Labels by which a namespace opts out of what its tier would bring. */
export const governanceLabels = {
	ownQuota: "resource-governance/custom-quota",
	ownLimitRange: "resource-governance/custom-limitrange",
} as const;
