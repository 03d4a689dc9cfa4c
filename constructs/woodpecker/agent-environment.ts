import { identityOf } from "../../config/pipeline-identities.ts";
import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { serverService } from "./server-service.ts";
import { stampedLabels } from "./stamped-labels.ts";

/**
 * Environment variables of an agent, without secrets (documentation of Woodpecker 3.17, "Agent" and "Kubernetes
 * backend").
 */
export type AgentEnvironment = Readonly<Record<`WOODPECKER_${string}`, string>>;

/** Namespace in which an agent runs the steps of pipelines, and which pipelines it takes. */
export interface Backend {
	readonly namespace: string;
	readonly agents: number;
	/** Concurrent workflows per agent. */
	readonly workflows: number;
	/** Size of the workspace of a workflow in bytes. */
	readonly volume: number;
	/**
	 * The only repository, as `owner/name`, and branch whose workflows it takes, and of these the ones with the label
	 * `tier: infra`. The server sets repository and branch, so that no other workflow can claim them, and the agent
	 * compares them exactly; for a pull request the branch is its target. Steps may ask for another service account.
	 * @default workflows without that label, as the account `default`
	 */
	readonly only?: { readonly repository: string; readonly branch: string };
}

/** Release of the agents of the infrastructure's pipelines, after which the chart names its objects. */
export const infrastructureRelease = "woodpecker-infra";

/** Name of what the chart makes for the agents of a release: the StatefulSet, and the service account that makes pods. */
export const agentName = (release: string) => `${release}-agent`;

/** Service account of the infrastructure's agent, beside the server. */
export function infrastructureAgent(site: Pick<Site, "vault" | "woodpecker">) {
	const { sync } = site.woodpecker;
	const machine = site.vault.machines[sync.machine];
	if (machine === undefined) throw new VisibleError(`vault.machines has no ${sync.machine}`);
	return { namespace: machine.namespace, name: agentName(infrastructureRelease) };
}

/** Where the infrastructure's pipelines run, and which these are. */
export function infrastructureBackend(site: Pick<Site, "vault" | "woodpecker">): Required<Backend> {
	const { infrastructure, infrastructureRepository, infrastructureBranch } = site.woodpecker;
	const { agents, workflows, volume } = infrastructure;
	return {
		namespace: identityOf(site, "deployer").machine.namespace,
		agents,
		workflows,
		volume,
		only: { repository: infrastructureRepository, branch: infrastructureBranch },
	};
}

/** Settings of an agent. Settings of a step that reach beyond its own pod are refused. */
export function agentEnvironment(site: Site, backend: Backend): AgentEnvironment {
	const { className } = site.storage.localPath;
	const { namespace, workflows, volume, only } = backend;
	return {
		WOODPECKER_SERVER: `${serverService.name}:${serverService.ports.grpc}`,
		WOODPECKER_CONNECT_RETRY_COUNT: "10",
		WOODPECKER_MAX_WORKFLOWS: String(workflows),
		...(only === undefined
			? {}
			: {
					WOODPECKER_AGENT_LABELS: `repo=${only.repository},!tier=infra,!${stampedLabels.branch}=${only.branch}`,
				}),
		WOODPECKER_BACKEND: "kubernetes",
		WOODPECKER_BACKEND_K8S_NAMESPACE: namespace,
		WOODPECKER_BACKEND_K8S_NAMESPACE_PER_ORGANIZATION: "false",
		// A volume on the node of the first step; the other steps are scheduled there.
		WOODPECKER_BACKEND_K8S_STORAGE_CLASS: className,
		WOODPECKER_BACKEND_K8S_STORAGE_RWX: "false",
		WOODPECKER_BACKEND_K8S_VOLUME_SIZE: formatBytes(volume),
		WOODPECKER_BACKEND_K8S_PULL_SECRET_NAMES: "registry-credentials",
		WOODPECKER_BACKEND_K8S_ALLOW_NATIVE_SECRETS: "false",
		WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP: String(only !== undefined),
		WOODPECKER_BACKEND_K8S_POD_NODE_SELECTOR_ALLOW_FROM_STEP: "false",
		WOODPECKER_BACKEND_K8S_POD_LABELS: "",
		WOODPECKER_BACKEND_K8S_POD_LABELS_ALLOW_FROM_STEP: "false",
		WOODPECKER_BACKEND_K8S_POD_ANNOTATIONS: "",
		WOODPECKER_BACKEND_K8S_POD_ANNOTATIONS_ALLOW_FROM_STEP: "false",
		WOODPECKER_BACKEND_K8S_POD_AFFINITY_ALLOW_FROM_STEP: "false",
		WOODPECKER_BACKEND_K8S_POD_TOLERATIONS_ALLOW_FROM_STEP: "false",
		// The default is a moving tag: busybox:stable-musl.
		WOODPECKER_BACKEND_K8S_PERMISSION_INIT_IMAGE: site.woodpecker.images.init,
	};
}
