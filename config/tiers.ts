/** Service tiers: what a namespace is worth to the platform. Quotas, priorities and defaults follow the label. */
export const tiers = {
	core: "0-core",
	cluster: "1-cluster",
	gpu: "2-gpu",
	edge: "3-edge",
	aux: "4-aux",
} as const;

export type Tier = (typeof tiers)[keyof typeof tiers];

/** Tiers whose containers reserve all the memory that they may use: a node has crashed from overcommitment. */
export const guaranteedMemoryTiers: readonly Tier[] = [tiers.core, tiers.cluster, tiers.gpu];
