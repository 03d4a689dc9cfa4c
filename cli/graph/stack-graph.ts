import type { InfraApp } from "../../stacks/infra-app.ts";

/** Stacks and endpoints with what goes from where to where; ids are names of stacks and of endpoints. */
export interface StackGraph {
	readonly stacks: readonly string[];
	readonly endpoints: readonly string[];
	readonly edges: readonly GraphEdge[];
}

interface GraphEdge {
	readonly from: string;
	readonly to: string;
	/** `before`: from is applied before to; the others join a stack and an endpoint. */
	readonly kind: "before" | "produces" | "consumed by";
}

/** The graph of a world, in the order in which stacks are applied. */
export function stackGraph({ stacks }: Pick<InfraApp, "stacks">): StackGraph {
	const edges: GraphEdge[] = [];
	const endpoints = new Set<string>();
	for (const [index, { node, produced, consumed }] of stacks.entries()) {
		const previous = stacks[index - 1];
		if (previous !== undefined) edges.push({ from: previous.node.id, to: node.id, kind: "before" });
		for (const name of produced.keys()) edges.push({ from: node.id, to: name, kind: "produces" });
		for (const name of consumed) edges.push({ from: name, to: node.id, kind: "consumed by" });
		for (const name of [...produced.keys(), ...consumed]) endpoints.add(name);
	}
	return { stacks: stacks.map(({ node }) => node.id), endpoints: [...endpoints], edges };
}

export function renderMermaid({ stacks, endpoints, edges }: StackGraph): string {
	const arrow = { before: "==>", produces: "-->", "consumed by": "-.->" };
	return [
		"flowchart LR",
		...stacks.map((name) => `  stack-${name}["${name}"]`),
		...endpoints.map((name) => `  endpoint-${name}(["${name}"])`),
		...edges.map((edge) => `  ${nodeOf(edge, "from")} ${arrow[edge.kind]} ${nodeOf(edge, "to")}`),
	].join("\n");
}

export function renderDot({ stacks, endpoints, edges }: StackGraph): string {
	const style = { before: "bold", produces: "solid", "consumed by": "dashed" };
	return [
		"digraph stacks {",
		"  rankdir=LR;",
		...stacks.map((name) => `  "stack-${name}" [label="${name}", shape=box];`),
		...endpoints.map((name) => `  "endpoint-${name}" [label="${name}", shape=oval];`),
		...edges.map(
			(edge) => `  "${nodeOf(edge, "from")}" -> "${nodeOf(edge, "to")}" [style=${style[edge.kind]}];`,
		),
		"}",
	].join("\n");
}

/** Stacks and endpoints may share names, so the ids of a drawing say which is which. */
function nodeOf(edge: GraphEdge, end: "from" | "to"): string {
	const isEndpoint = edge.kind === (end === "from" ? "consumed by" : "produces");
	return `${isEndpoint ? "endpoint" : "stack"}-${edge[end]}`;
}
