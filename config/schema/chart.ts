import { word } from "./texts.ts";
import { z } from "./zod.ts";

/** A Helm chart at a fixed version: from a repository, or a directory of this one (`./…`), which needs no network. */
export const chart = z
	.strictObject({
		repository: z
			.string()
			.regex(/^(oci|https):\/\//, "expected an address that begins with https:// or oci://")
			.optional()
			.describe("Chart repository; absent for a directory"),
		chart: word.describe("Name in the repository, or a directory such as ./lab/charts/csi"),
		version: z.string().regex(/^v?\d+\.\d+\.\d+$/, "expected an exact version such as 1.4.2: a range floats"),
	})
	.refine(
		({ repository, chart }) => (repository === undefined) === chart.startsWith("./"),
		'expected either a repository or a chart that begins with "./"',
	);

/** Where the chart of a release comes from. */
export type ChartSource = z.output<typeof chart>;
