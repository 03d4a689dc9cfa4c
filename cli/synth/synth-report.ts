import { join, relative } from "node:path";
import { styleText } from "node:util";
import { rules } from "../../rules/catalogue/index.ts";
import type { Finding } from "../../rules/finding.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { renderFindings } from "../../terminal/failure.ts";
import { table } from "../../terminal/table.ts";
import { plural } from "../../world/plural.ts";
import { waiversBelow } from "../../world/waiver.ts";
import type { Resource } from "../../world/world.ts";

interface StackReport {
	readonly stack: string;
	/** Blocks by kind. */
	readonly resources: number;
	readonly data: number;
	readonly ephemeral: number;
	readonly stateTier: 0 | 1;
	/** Path of the written document from the caller's folder; null when nothing was written. */
	readonly file: string | null;
}

export interface SynthReport {
	readonly site: { readonly name: string; readonly description: string };
	readonly stacks: readonly StackReport[];
	readonly rules: number;
	readonly waivers: number;
	/** Warnings: an error would have stopped the synthesis. */
	readonly findings: readonly Finding[];
	/** Names of the providers whose schemas every block was checked against. */
	readonly providers: readonly string[];
}

/** Report of a synthesis without errors. */
export function reportOn(app: InfraApp, { written }: { readonly written: boolean }): SynthReport {
	const { documents, findings } = app.check();
	return {
		site: { name: app.site.name, description: app.site.description },
		stacks: app.stacks.map(({ facts: { name, stateTier } }) => {
			const blocks = documents.find(({ stack }) => stack === name)?.resources ?? [];
			const count = (wanted: Resource["mode"]) => blocks.filter(({ mode }) => mode === wanted).length;
			const absolute = join(app.outdir, "stacks", name, "cdk.tf.json");
			const file = relative(process.cwd(), absolute);
			return {
				stack: name,
				resources: count("resource"),
				data: count("data"),
				ephemeral: count("ephemeral"),
				stateTier,
				file: written ? (file.startsWith("..") ? absolute : file) : null,
			};
		}),
		rules: rules.length,
		waivers: waiversBelow(app).length,
		findings,
		providers: [...new Set(documents.flatMap(({ json }) => Object.keys(json.provider ?? {})))].sort(),
	};
}

export function renderReport({ site, stacks, findings, ...checked }: SynthReport): string {
	const label = (text: string) => styleText("dim", text.padEnd(9));
	const tick = styleText("green", "✓");
	const warnings =
		findings.length === 0 ? "no findings" : styleText("yellow", plural(findings.length, "warning"));
	const blocks = stacks.reduce(
		(sum, { resources, data, ephemeral }) => sum + resources + data + ephemeral,
		0,
	);
	return [
		`${styleText("bold", `site ${site.name}`)}  ${site.description}`,
		"",
		table(
			["stack", "resources", "data", "ephemeral", "state", "written to"],
			stacks.map(({ stack, resources, data, ephemeral, stateTier, file }) => [
				stack,
				...[resources, data, ephemeral].map(String),
				`tier ${stateTier}`,
				file ?? "-",
			]),
		),
		"",
		...renderFindings(findings, (style, text) => styleText(style, text)).flatMap((text) => [text, ""]),
		`${tick} ${label("rules")}${plural(checked.rules, "rule")}, ${warnings}, ${plural(checked.waivers, "waiver")}`,
		`${tick} ${label("schema")}${plural(blocks, "block")} as the providers want them: ${checked.providers.join(", ") || "none in use"}`,
	].join("\n");
}
