import { availableParallelism } from "node:os";
import { styleText } from "node:util";
import { nameOf, type Probe, probe } from "../../engine/probe.ts";
import type { ProviderProbe } from "../../engine/probe-providers.ts";
import { imageFound, waysToRoot } from "../../lab/image-root.ts";
import { missingPrograms } from "../../lab/needed-programs.ts";
import { products } from "../../lab/products/products.ts";
import { lackedBy, lackedByNodes } from "../../lab/requirements.ts";
import { pooled } from "../../terminal/pool.ts";
import { table } from "../../terminal/table.ts";
import { testedImages } from "./tested-images.ts";
import { tools } from "./tools.ts";

export interface Examination {
	/** False when a program without which no command works is missing or too old. */
	readonly sound: boolean;
	readonly tools: readonly Probe[];
	/** Programs that the lab lacks. */
	readonly lab: readonly string[];
	/** What nodes of the lab that run containers lack. */
	readonly nodes: readonly string[];
	/** Products that the lab can run, and what each lacks. */
	readonly products: readonly { readonly name: string; readonly lacks: readonly string[] }[];
	/** Images whose containers tests start, and whether their files are there. */
	readonly images: readonly { readonly image: string; readonly found: boolean }[];
	/** Present when it was asked for. */
	readonly providers?: readonly ProviderProbe[];
}

/** Programs that are asked at once: with more than there are processors, the slow ones would miss their time. */
const atOnce = availableParallelism();

/** Asks every tool for its version. */
export async function probeTools(): Promise<Probe[]> {
	const asked = await Promise.all(pooled(atOnce, tools, probe));
	return asked.map((settled) => {
		if (settled.status === "rejected") throw settled.reason;
		return settled.value;
	});
}

/** Looks at every tool, and at the providers when asked to. */
export async function examine({ providers }: { readonly providers: boolean }): Promise<Examination> {
	const probes = await probeTools();
	const sound = probes.every(({ tool, state }) => !tool.base || state === "ok");
	const lab = missingPrograms();
	const nodes = lackedByNodes();
	const ofLab = products.map((product) => ({ name: product.name, lacks: lackedBy(product) }));
	const images = await Promise.all(
		testedImages.map(async (image) => ({ image, found: await imageFound(image) })),
	);
	if (!providers) return { sound, tools: probes, lab, nodes, products: ofLab, images };
	const { probeProviders } = await import("../../engine/probe-providers.ts");
	const found = await probeProviders();
	return {
		sound: sound && found.every(({ problem }) => problem === null),
		tools: probes,
		lab,
		nodes,
		products: ofLab,
		images,
		providers: found,
	};
}

export function renderDoctor({
	sound,
	tools: probes,
	lab,
	nodes,
	products: ofLab,
	images,
	providers,
}: Examination): string {
	const lines = [
		table(
			["", "tool", "found", "needed", "enables", "Debian package"],
			probes.map((result) => [
				signOf(result),
				nameOf(result.tool),
				foundText(result),
				result.tool.needed ?? "any",
				result.tool.enables,
				result.tool.debianPackage ?? "-",
			]),
		),
	];
	if (providers)
		lines.push(
			"",
			table(
				["", "provider", "found", "needed"],
				providers.map(({ name, version, needed, problem }) => [
					problem === null ? styleText("green", "✓") : styleText("red", "✗"),
					name,
					version ?? "missing",
					needed,
				]),
			),
			...providers.flatMap(({ problem }) => (problem === null ? [] : ["", problem])),
		);
	const missing = probes.flatMap(({ tool, state }) =>
		state !== "ok" && tool.debianPackage !== undefined ? [tool.debianPackage] : [],
	);
	if (missing.length > 0) lines.push("", `to install what Debian has: apt install ${missing.join(" ")}`);
	lines.push(
		"",
		lab.length === 0 ? "the lab has all of its programs" : `the lab lacks ${lab.join(", ")}: infra lab build`,
		nodes.length === 0
			? "it can run containers: infra lab up --node"
			: `for nodes that run containers it lacks ${nodes.join(", ")}: infra lab build --node`,
		...ofLab.map(({ name, lacks }) =>
			lacks.length === 0
				? `it can run ${name}: infra lab up --with ${name}`
				: `for ${name} it lacks ${lacks.join(", ")}: infra lab build ${name}`,
		),
	);
	for (const { image, found } of images)
		if (!found) lines.push("", `tests on ${image} are skipped; ${waysToRoot(image)} enables them`);
	if (!sound) lines.push("", styleText("red", "the base is not complete"));
	return lines.join("\n");
}

function signOf({ tool, state }: Probe): string {
	if (state === "ok") return styleText("green", "✓");
	return tool.base ? styleText("red", "✗") : styleText("yellow", "-");
}

function foundText({ state, version }: Probe): string {
	if (state === "old") return `${version} (too old)`;
	return state === "ok" ? (version ?? "there") : state === "missing" ? "missing" : "no version";
}
