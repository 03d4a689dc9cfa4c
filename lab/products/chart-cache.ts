import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { programCache } from "../../clients/host/program-cache.ts";
import { projectRoot } from "../../config/project-root.ts";

/** Folder of charts that somebody fetched, each below one of its name and version. */
const chartCache = join(dirname(programCache), "charts");

/** The folder of a chart, and how to get it where it is not here. */
export interface ChartFolder {
	readonly folder: string;
	/** A command; undefined where the chart is here. */
	readonly get?: string;
}

/** Chart of a release, as the stack's document names it. */
export interface ChartOfRelease {
	/** Absent for a folder of this repository. */
	readonly repository?: string;
	/** Name, or path from the folder of the stack. */
	readonly chart: string;
	readonly version: string;
}

/** Where the chart of a release lies: in this repository, or in the cache. */
export function chartFolder({ repository, chart, version }: ChartOfRelease, cache = chartCache): ChartFolder {
	if (repository === undefined) return { folder: join(projectRoot, chart.replace(/^(\.\.?\/)+/, "")) };
	const into = join(cache, `${chart}-${version}`);
	const folder = join(into, chart);
	if (existsSync(join(folder, "Chart.yaml"))) return { folder };
	const what = repository.startsWith("oci:") ? `${repository}/${chart}` : `${chart} --repo ${repository}`;
	return { folder, get: `helm pull ${what} --version ${version} --untar --untardir ${into}` };
}
