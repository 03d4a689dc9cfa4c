import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { renderDeployPipeline } from "../../constructs/woodpecker/deploy-pipeline.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Kinds of pipelines: namespace, rights, and the quota of each namespace. */
export function pipelineTable({ vault, woodpecker }: Site): string {
	const row = (what: string, kind: "tenants" | "infrastructure", rights: string) => {
		const { machine, agents, workflows, quota } = woodpecker[kind];
		const { cpuRequests, memoryRequests, memoryLimits, pods } = quota;
		return [
			what,
			code(vault.machines[machine]?.namespace ?? ""),
			rights,
			code(machine),
			`${agents * workflows}`,
			`${cpuRequests} cores, ${formatBytes(memoryRequests)} reserved, ${formatBytes(memoryLimits)} at most, ${pods} pods`,
		];
	};
	return markdownTable(
		["Pipelines of", "Namespace", "Rights in the cluster", "Vault role", "Workflows at a time", "Quota"],
		[
			row("any repository", "tenants", "none"),
			row(
				`branch ${code(woodpecker.infrastructureBranch)} of ${code(woodpecker.infrastructureRepository)}`,
				"infrastructure",
				`${code("cluster-admin")} as ${code(vault.machines[woodpecker.infrastructure.machine]?.serviceAccount ?? "")}, none as ${code("default")}`,
			),
		],
	);
}

/** The pipeline of an owner's repository, by an example. */
export function deployPipelineExample(site: Site): string {
	const pipeline = renderDeployPipeline(site, {
		namespace: "alice",
		deployment: "web",
		container: "app",
		image: "docker.io/alice/web",
	});
	return `\`\`\`yaml\n${pipeline}\`\`\``;
}
