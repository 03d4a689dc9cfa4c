import { formatBytes } from "../../config/schema/primitives.ts";
import type { Site } from "../../config/schema/site.ts";
import { serverService } from "./server-service.ts";
import { stampedLabels } from "./stamped-labels.ts";

/** Variables of an agent that are no secret (documentation of Woodpecker 3.17, "Agent" and "Kubernetes backend"). */
export type AgentEnvironment = Readonly<Record<`WOODPECKER_${string}`, string>>;

/** Where an agent runs the steps of pipelines, and whose. */
export interface Backend {
	readonly namespace: string;
	readonly agents: number;
	/** At a time and agent. */
	readonly workflows: number;
	/** Bytes of a workflow's workspace. */
	readonly volume: number;
	/**
	 * The one repository, as `owner/name`, and its branch, of which it takes the workflows with the label `tier: infra`,
	 * and no others. The server sets both, so that nobody else can claim them, and here they are compared letter by
	 * letter; the branch of a pull request is the one that it leads to. Steps may ask for another service account.
	 * @default whatever has no such label, as the account `default`
	 */
	readonly only?: { readonly repository: string; readonly branch: string };
}

/** Settings of an agent. What a step could ask for beside its own pod is refused. */
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
		// On the disk of the node where the first step starts; the volume keeps the other steps there.
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
		// Its own default moves: busybox:stable-musl.
		WOODPECKER_BACKEND_K8S_PERMISSION_INIT_IMAGE: site.woodpecker.images.init,
	};
}
