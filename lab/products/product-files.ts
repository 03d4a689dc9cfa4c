import { chmodSync, cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { run } from "../../clients/host/run.ts";
import { projectRoot } from "../../config/project-root.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { findTerraform } from "../../engine/binary.ts";
import { terraformEnvironment } from "../../engine/environment.ts";

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
		readonly versions: readonly { readonly name: string; readonly served: boolean }[];
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
	return {
		definitions: globSync(source.definitions, { cwd: module })
			.sort()
			.map((file): Definition => parse(readFileSync(join(module, file), "utf8"))),
		objects: await rendered(join(module, source.chart), source, folder),
	};
}

async function rendered(
	from: string,
	{ name, values = {} }: ProductSource,
	folder: string,
): Promise<readonly ClusterObject[]> {
	const chart = join(folder, "chart");
	cpSync(from, chart, { recursive: true });
	const file = join(chart, "Chart.yaml");
	const { dependencies = [], ...own } = parse(readFileSync(file, "utf8"));
	// Charts of others, which the module does not have.
	const kept = dependencies.filter(({ repository = "" }) => repository === "");
	// Files of the module are read-only.
	for (const path of [chart, file]) chmodSync(path, 0o755);
	writeFileSync(file, stringify({ ...own, dependencies: kept }));
	const render = join(folder, "render");
	mkdirSync(render);
	const template = { name, namespace: name, chart, kube_version: "1.34.0", values: [JSON.stringify(values)] };
	writeFileSync(
		join(render, "main.tf.json"),
		JSON.stringify({
			terraform: { required_providers: { helm: { source: "hashicorp/helm" } } },
			data: { helm_template: { it: template } },
		}),
	);
	const { command } = await findTerraform();
	for (const args of [["init"], ["apply", "-auto-approve"]]) {
		const { code, stderr } = await run(command, [...args, "-input=false", "-no-color"], {
			cwd: render,
			env: terraformEnvironment(process.env),
		});
		if (code !== 0) throw new VisibleError(`the chart of ${name} cannot be rendered:\n${stderr.trim()}`);
	}
	const state = JSON.parse(readFileSync(join(render, "terraform.tfstate"), "utf8"));
	return parseAllDocuments(state.resources[0].instances[0].attributes.manifest)
		.map((document) => document.toJS() as ClusterObject | null)
		.filter((object) => object !== null);
}
