import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments, stringify } from "yaml";
import { run } from "../../clients/host/run.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { findTerraform } from "../../engine/binary.ts";
import { terraformEnvironment } from "../../engine/environment.ts";

/** The version of Kubernetes that charts are rendered for: without one, Helm takes that of its own libraries. */
const kubernetes = "1.34.0";

/** A release that is rendered. */
export interface ChartRender {
	/** Name of the release. */
	readonly name: string;
	readonly namespace: string;
	/** Folder of the chart. */
	readonly chart: string;
	/** @default the chart's own */
	readonly values?: object;
}

/**
 * Renders charts with the provider that installs them, without a cluster and a network.
 *
 * @param folder empty
 * @returns manifests in the order of the releases: YAML of several documents
 * @throws VisibleError when the provider cannot be had, or refuses a chart or its values
 */
export async function renderCharts(
	renders: readonly ChartRender[],
	folder: string,
): Promise<readonly string[]> {
	const charts = new Map(
		[...new Set(renders.map(({ chart }) => chart))].map((chart, index) => [
			chart,
			withoutAbsent(chart, join(folder, `chart-${index}`)),
		]),
	);
	const render = join(folder, "render");
	mkdirSync(render);
	const template = renders.map(({ name, namespace, chart, values = {} }, index) => [
		`it_${index}`,
		{
			name,
			namespace,
			chart: charts.get(chart),
			kube_version: kubernetes,
			// Text for Terraform, too.
			values: [JSON.stringify(values).replaceAll("${", "$${").replaceAll("%{", "%%{")],
		},
	]);
	writeFileSync(
		join(render, "main.tf.json"),
		JSON.stringify({
			terraform: { required_providers: { helm: { source: "hashicorp/helm" } } },
			data: { helm_template: Object.fromEntries(template) },
		}),
	);
	const { command } = await findTerraform();
	for (const args of [["init"], ["apply", "-auto-approve"]]) {
		const { code, stderr } = await run(command, [...args, "-input=false", "-no-color"], {
			cwd: render,
			env: terraformEnvironment(process.env),
		});
		if (code !== 0)
			throw new VisibleError(
				`${[...charts.keys()].join(", ")} cannot be rendered:\n${stderr.trim().slice(0, 4000)}`,
			);
	}
	return manifestsOf(join(render, "terraform.tfstate"));
}

interface Rendered {
	readonly name: string;
	readonly instances: readonly [{ readonly attributes: { readonly manifest: string } }];
}

function manifestsOf(state: string): readonly string[] {
	const { resources }: { resources: readonly Rendered[] } = JSON.parse(readFileSync(state, "utf8"));
	const index = ({ name }: Rendered) => Number(name.slice("it_".length));
	return resources
		.toSorted((one, other) => index(one) - index(other))
		.map(({ instances: [{ attributes }] }) => attributes.manifest);
}

/** Objects of a manifest of several documents. */
export function objectsOf<Type>(manifest: string): readonly Type[] {
	return parseAllDocuments(manifest)
		.map((document) => document.toJS() as Type | null)
		.filter((object) => object !== null);
}

/** A copy of a chart that does not ask for charts of others, which only its archive has. */
function withoutAbsent(from: string, chart: string): string {
	cpSync(from, chart, { recursive: true });
	const file = join(chart, "Chart.yaml");
	const { dependencies = [], ...own } = parse(readFileSync(file, "utf8"));
	const kept = dependencies.filter(({ name }: { name: string }) => existsSync(join(chart, "charts", name)));
	// Files of a Go module are read-only.
	for (const path of [chart, file]) chmodSync(path, 0o755);
	writeFileSync(file, stringify({ ...own, ...(kept.length > 0 ? { dependencies: kept } : {}) }));
	return chart;
}
