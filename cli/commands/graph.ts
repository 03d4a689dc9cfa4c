import { Command } from "@commander-js/extra-typings";
import type { Project } from "../../engine/project.ts";
import { print, printJson } from "../../terminal/output.ts";
import { examples } from "./examples.ts";

export function graphCommand(project: Project) {
	return new Command("graph")
		.description("draw the stacks, their order, and the endpoints between them (Mermaid)")
		.option("--dot", "draw for Graphviz")
		.option("--json", "print nodes and edges as JSON")
		.addHelpText(
			"after",
			examples(
				["infra graph", "for a Markdown document"],
				["infra graph --dot | dot -Tsvg > stacks.svg", "a picture"],
			),
		)
		.action(async ({ dot = false, json = false }) => {
			const { stackGraph, renderDot, renderMermaid } = await import("../graph/stack-graph.ts");
			const graph = stackGraph(await project.openApp());
			if (json) printJson(graph);
			else print(dot ? renderDot(graph) : renderMermaid(graph));
		});
}
