import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { run } from "../../clients/host/run.ts";
import { projectRoot } from "../../config/project-root.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { objectsOf, renderCharts } from "./render-charts.ts";

/** Commands that the files of a product come from. */
export const productFileCommands = ["go", "terraform|tofu"];

/** An object of the cluster, as far as it is read here. */
export interface ClusterObject {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: {
		readonly name: string;
		readonly namespace?: string;
		readonly labels?: Readonly<Record<string, string>>;
	};
	readonly rules?: readonly {
		readonly apiGroups?: readonly string[];
		readonly resources?: readonly string[];
		readonly verbs: readonly string[];
	}[];
}

/** A definition of a kind. */
export interface Definition extends ClusterObject {
	readonly spec: {
		readonly group: string;
		readonly scope: "Namespaced" | "Cluster";
		readonly names: { readonly kind: string; readonly plural: string };
		readonly versions: readonly {
			readonly name: string;
			readonly served: boolean;
			readonly storage: boolean;
		}[];
	};
}

/** What a product brings into a cluster. */
export interface ProductFiles {
	readonly definitions: readonly Definition[];
	/** Objects of its chart. */
	readonly objects: readonly ClusterObject[];
}

export interface ProductSource {
	/** Folder below `tools/`, which says the version. */
	readonly tool: string;
	/** Go module with the product's own files. */
	readonly module: string;
	/** Files of its kinds in the module: a pattern. */
	readonly definitions: string;
	/** Folder of its chart in the module. */
	readonly chart: string;
	/** Its namespace, and the name of its release. */
	readonly name: string;
	/** Values of the chart. @default its own */
	readonly values?: object;
}

/**
 * Reads a product's own files from its Go module: its kinds, and its chart as the provider helm renders it. The module
 * is there where the program was built; else Go downloads it.
 *
 * @param folder empty
 * @throws VisibleError when the module or the provider cannot be had
 */
export async function productFiles(source: ProductSource, folder: string): Promise<ProductFiles> {
	const cwd = join(projectRoot, "tools", source.tool);
	const { code, stdout, stderr } = await run("go", ["mod", "download", "-json", source.module], {
		cwd,
		env: process.env,
	});
	if (code !== 0) throw new VisibleError(`${source.module} cannot be had: ${stderr.trim()}`);
	const module: string = JSON.parse(stdout).Dir;
	const { name, values } = source;
	const release = { name, namespace: name, chart: join(module, source.chart), ...(values ? { values } : {}) };
	const [manifest] = await renderCharts([release], folder);
	return {
		definitions: globSync(source.definitions, { cwd: module })
			.sort()
			.map((file): Definition => parse(readFileSync(join(module, file), "utf8"))),
		objects: objectsOf(manifest ?? ""),
	};
}
