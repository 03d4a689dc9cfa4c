import { ownerNames } from "../../config/registry/owner-names.ts";
import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { renderDeployPipeline } from "../../constructs/woodpecker/deploy-pipeline.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Kinds of pipelines: namespace, rights, and the quota of each namespace. */
export function pipelineTable({ vault, woodpecker }: Site): string {
	const { machine } = woodpecker.infrastructure;
	const { namespace = "", serviceAccount = "" } = vault.machines[machine] ?? {};
	const row = (
		what: string,
		{ agents, workflows, quota }: Omit<Site["woodpecker"]["tenants"], "volume">,
		[where, rights, role]: readonly [namespace: string, rights: string, role: string],
	) => {
		const { cpuRequests, memoryRequests, memoryLimits, pods } = quota;
		return [
			what,
			code(where),
			rights,
			code(role),
			`${agents * workflows}`,
			`${cpuRequests} cores, ${formatBytes(memoryRequests)} reserved, ${formatBytes(memoryLimits)} at most, ${pods} pods`,
		];
	};
	return markdownTable(
		["Pipelines of", "Namespace", "Rights in the cluster", "Vault role", "Workflows at a time", "Quota"],
		[
			row("an owner's organisation", woodpecker.tenants, [
				ownerNames.pipelineNamespace("<user>"),
				"none",
				ownerNames.pipelines("<user>"),
			]),
			row(
				`branch ${code(woodpecker.infrastructureBranch)} of ${code(woodpecker.infrastructureRepository)}`,
				woodpecker.infrastructure,
				[
					namespace,
					`${code("cluster-admin")} as ${code(serviceAccount)}, none as ${code("default")}`,
					machine,
				],
			),
		],
	);
}

/** The pipeline of an owner's repository, by an example. */
export function deployPipelineExample(site: Site): string {
	const pipeline = renderDeployPipeline(site, {
		owner: "alice",
		namespace: "alice",
		deployment: "web",
		container: "app",
		image: "docker.io/alice/web",
	});
	return `\`\`\`yaml\n${pipeline}\`\`\``;
}
