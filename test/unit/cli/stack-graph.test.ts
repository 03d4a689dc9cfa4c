import { expect, test } from "vitest";
import { renderDot, renderMermaid, type StackGraph } from "../../../cli/graph/stack-graph.ts";

const graph: StackGraph = {
	stacks: ["vault", "redis"],
	endpoints: ["redis-master"],
	edges: [
		{ from: "vault", to: "redis", kind: "before" },
		{ from: "redis", to: "redis-master", kind: "produces" },
		{ from: "redis-master", to: "vault", kind: "consumed by" },
	],
};

test("a graph tells order, production and consumption apart in Mermaid", () => {
	expect(renderMermaid(graph)).toBe(`flowchart LR
  stack-vault["vault"]
  stack-redis["redis"]
  endpoint-redis-master(["redis-master"])
  stack-vault ==> stack-redis
  stack-redis --> endpoint-redis-master
  endpoint-redis-master -.-> stack-vault`);
});

test("a graph for Graphviz has the same edges", () => {
	expect(renderDot(graph)).toContain('  "endpoint-redis-master" -> "stack-vault" [style=dashed];');
});
