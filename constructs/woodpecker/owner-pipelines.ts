import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import { DisruptionBudget } from "../kubernetes/disruption-budget.ts";
import { ExternalSecret } from "../kubernetes/external-secret.ts";
import { HelmChart } from "../kubernetes/helm-chart.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { siteOf } from "../site.ts";
import { PipelineNamespace } from "./pipeline-namespace.ts";
import { agentValues, componentLabels } from "./values.ts";

export interface OwnerPipelinesProps {
	/** An owner with an organisation at the CI server. */
	readonly owner: Owner;
	/** Namespace of the server and of all agents. */
	readonly namespace: TieredNamespace;
	/** The release of the server. */
	readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * What runs the pipelines of an owner and nobody else's: a namespace for the steps, whose account `default` is the
 * owner's at Vault, and an agent with a token of its own. The server gives an agent of an organisation the tasks of that
 * organisation alone, whatever labels the agent claims (Woodpecker 3.17, `Agent.GetServerLabels`).
 *
 * Without rights the owner keeps the namespace and has no agent.
 */
export class OwnerPipelines extends Construct {
	constructor(scope: Construct, id: string, { owner, namespace, dependsOn }: OwnerPipelinesProps) {
		super(scope, id);
		const site = siteOf(this);
		const { chart, images, secretsEntry, tenants } = site.woodpecker;
		const { agents, workflows, volume, quota } = tenants;
		const pipelines = new PipelineNamespace(this, "pipelines", {
			name: ownerNames.pipelineNamespace(owner.key),
			quota,
			privileged: images.privileged.length > 0,
			fenced: true,
		});
		if (owner.disabled) return;
		const release = ownerNames.agent(owner.key);
		const secret = new ExternalSecret(this, "agent", {
			namespace,
			name: release,
			from: { WOODPECKER_AGENT_SECRET: { path: `${secretsEntry}/agents/${owner.key}`, key: "token" } },
		});
		new HelmChart(this, "release", {
			namespace,
			chart,
			name: release,
			values: agentValues(site, {
				release,
				backend: { namespace: pipelines.namespace.literalName, agents, workflows, volume },
				secret: secret.secretName,
			}),
			timeoutSeconds: 600,
			dependsOn: [...dependsOn, secret.resource, pipelines.namespace.resource],
		});
		if (agents > 1)
			new DisruptionBudget(this, "budget", {
				pods: {
					namespace,
					name: release,
					replicas: agents,
					selector: componentLabels(release, "agent"),
					ports: {},
				},
				minAvailable: agents - 1,
			});
	}
}
