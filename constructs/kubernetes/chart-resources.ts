import { formatBytes } from "../../config/schema/primitives.ts";

/** Resources of a container as charts take them. */
export interface ChartResources {
	readonly requests: { readonly cpu: string; readonly memory: string };
	readonly limits: { readonly memory: string };
}

/**
 * Resources of a container that a chart renders.
 *
 * @param memory bytes that it may use, and that are reserved unless `request` says less
 */
export function chartResources(memory: number, request = memory): ChartResources {
	return {
		requests: { cpu: "10m", memory: formatBytes(request) },
		limits: { memory: formatBytes(memory) },
	};
}
