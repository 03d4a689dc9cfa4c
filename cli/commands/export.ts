import { writeFileSync } from "node:fs";
import { Command, Option } from "@commander-js/extra-typings";
import { projectRoot } from "../../config/project-root.ts";
import type { Project } from "../../engine/project.ts";
import { print, printProgress } from "../../terminal/output.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { examples } from "./examples.ts";

const engines = ["atlantis", "tofu-controller"] as const;

export function exportCommand(project: Project) {
	return new Command("export")
		.description("hand the stacks and their order to another engine: print its configuration")
		.addOption(
			new Option("--engine <engine>", "engine that is to plan and apply")
				.choices(engines)
				.makeOptionMandatory(),
		)
		.option("--out <file>", "write a file instead")
		.option("--source <name>", "tofu-controller: Flux' source with the synthesised stacks (default: infra)")
		.addOption(
			new Option("--source-kind <kind>", "tofu-controller: its kind (default: GitRepository)").choices([
				"GitRepository",
				"OCIRepository",
				"Bucket",
			] as const),
		)
		.option("--auto-approve", "tofu-controller: apply every plan without an approval")
		.addHelpText(
			"after",
			examples(
				["infra --site home export --engine atlantis --out atlantis.yaml", "for the root of the repository"],
				["infra export --engine tofu-controller --source stacks", "a Terraform object per stack"],
			),
		)
		.action(async ({ engine, out, ...flux }) => {
			if (engine === "atlantis" && Object.keys(flux).length > 0)
				throw new UsageError(
					"--source, --source-kind and --auto-approve are of the tofu-controller",
					"leave them out, or pass --engine tofu-controller",
				);
			const [{ handoverOf, keptLines }, { synthesisOf }, { stackGraph }, { warnOfLeftOut }] =
				await Promise.all([
					import("../export/handover.ts"),
					import("../export/synthesis.ts"),
					import("../graph/stack-graph.ts"),
					import("../../terminal/warn-of-left-out.ts"),
				]);
			const { output, command, files } = synthesisOf(project.choice());
			const app = await project.openApp();
			warnOfLeftOut(app);
			const documents = app.stacks.map((stack) => stack.synthesizeOnce());
			const handover = handoverOf(stackGraph(app), documents, output);
			for (const line of keptLines(handover)) printProgress(line);
			const text =
				engine === "atlantis"
					? await atlantis({ ...handover, synth: command, files })
					: await tofuController({ ...handover, ...flux });
			if (out === undefined) print(text.trimEnd());
			else writeFileSync(out, text);
		});
}

type Handover = import("../export/handover.ts").Handover;

async function atlantis({
	files,
	...input
}: Handover & { readonly synth: string; readonly files: readonly string[] }): Promise<string> {
	const [{ renderAtlantis }, { sourcePaths }] = await Promise.all([
		import("../export/atlantis.ts"),
		import("../export/source-paths.ts"),
	]);
	return renderAtlantis({ ...input, sources: sourcePaths(projectRoot, ["main.ts", ...files]) });
}

interface FluxOptions {
	readonly source?: string | undefined;
	readonly sourceKind?: "GitRepository" | "OCIRepository" | "Bucket" | undefined;
	readonly autoApprove?: true | undefined;
}

async function tofuController({
	source = "infra",
	sourceKind = "GitRepository",
	autoApprove = undefined,
	...handover
}: Handover & FluxOptions): Promise<string> {
	const { renderTofuController } = await import("../export/tofu-controller.ts");
	return renderTofuController({
		...handover,
		source: { kind: sourceKind, name: source },
		autoApprove: autoApprove === true,
	});
}
