import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { IConstruct } from "constructs";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { probeProvider } from "../../../engine/probe-providers.ts";
import { type ChartFolder, type ChartOfRelease, chartFolder } from "../../../lab/products/chart-cache.ts";
import type { ChartRender } from "../../../lab/products/render-charts.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import type { Resource, World } from "../../../world/world.ts";

/** Why no chart can be rendered here; undefined where one can. */
export async function whyNotRendered(): Promise<string | undefined> {
	const problem = await probeProvider("helm").then(
		(probe) => probe.problem,
		(error: Error) => error.message,
	);
	return problem === null
		? undefined
		: "terraform init cannot install the provider helm: a registry, a mirror or the plugin folder enables it";
}

/** A release of a stack. */
export interface StackRelease {
	readonly resource: Resource;
	/** Name and version of its chart. */
	readonly chart: string;
	readonly folder: ChartFolder;
	readonly render: ChartRender & { readonly values: object };
}

export interface Releases {
	readonly app: IConstruct;
	readonly world: World;
	readonly releases: readonly StackRelease[];
}

/** Every release of a site with the lab's registry. */
export async function releasesOf(siteName: string, outdir: string): Promise<Releases> {
	const site = await loadSite(siteName);
	const registry = parseRegistry(readFileSync(join(projectRoot, "config/registry/lab.json"), "utf8"));
	const app = new InfraApp({ site, registry, stacks: await loadStacks(), outdir });
	const world = { site, stacks: app.check().documents };
	const { resolve } = kubernetesObjects(world);
	const releases = world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ type }) => type === "helm_release")
		.map((resource): StackRelease => {
			const given = resource.arguments as unknown as ChartOfRelease & { name: string; values?: [string] };
			const folder = chartFolder(given);
			return {
				resource,
				chart: `${given.chart.split("/").at(-1)} ${given.version}`,
				folder,
				render: {
					name: given.name,
					namespace: resolve(resource.stack, resource.arguments.namespace) ?? "default",
					chart: folder.folder,
					values: JSON.parse((given.values?.[0] ?? "{}").replaceAll("$${", "${").replaceAll("%%{", "%{")),
				},
			};
		});
	return { app, world, releases };
}
