import { bytesOf, GiB } from "../../config/schema/quantity.ts";
import type { Site } from "../../config/schema/site.ts";

/** When and how a volume grows. */
export interface GrowthPolicy {
	/** Grow once more than this share is used, in percent. */
	readonly growWhenUsedAbove: number;
	/** Share of the capacity such as `50%`, or a size such as `1Gi`. */
	readonly increase: string;
	/** Bytes at which growth stops. */
	readonly growTo: number;
}

/**
 * Free share, in percent, below which the controller acts: it compares with FREE space
 * (docs/reference/storage.md#growth).
 */
export function freeThreshold({ growWhenUsedAbove }: Pick<GrowthPolicy, "growWhenUsedAbove">): number {
	return 100 - growWhenUsedAbove;
}

/**
 * The size that pvc-autoresizer requests next, in bytes; undefined while the volume is large enough. Sizes are whole
 * gibibytes, except for the last, which is the limit itself.
 */
export function grow(capacity: number, free: number, policy: GrowthPolicy): number | undefined {
	const { increase, growTo } = policy;
	const threshold = Math.floor((capacity * freeThreshold(policy)) / 100);
	if (capacity >= growTo || free >= threshold) return undefined;
	const share = /^(\d+)%$/.exec(increase)?.[1];
	const step = share === undefined ? (bytesOf(increase) ?? 0) : Math.floor((capacity * Number(share)) / 100);
	return Math.min(Math.ceil((capacity + step) / GiB) * GiB, growTo);
}

/** Every size of a volume as it fills, beginning with its first. */
export function growthSteps(size: number, policy: GrowthPolicy): number[] {
	const next = grow(size, 0, policy);
	return next === undefined ? [size] : [size, ...growthSteps(next, policy)];
}

/** Annotation of the classes whose volumes may grow: the controller ignores claims of others. */
export const growthEnabled = { "resize.topolvm.io/enabled": "true" };

/** Annotations by which a claim tells the controller when to grow and where to stop. */
export function growthAnnotations(
	{ autoresize }: Site["storage"],
	growTo: string,
): Readonly<Record<string, string>> {
	return {
		"resize.topolvm.io/threshold": `${freeThreshold(autoresize)}%`,
		"resize.topolvm.io/increase": autoresize.increase,
		"resize.topolvm.io/storage_limit": growTo,
	};
}
