import type { Json, StackDocument } from "../world/world.ts";

const workloads = ["kubernetes_deployment_v1", "kubernetes_stateful_set_v1", "kubernetes_daemon_set_v1"];

/** The same stack, whose apply does not wait until its workloads run. The next one that does finds that to be changed. */
export function withoutWaiting(document: StackDocument): StackDocument {
	const resource = document.json.resource as Tree;
	const own = Object.entries(resource).map(([type, blocks]) => [
		type,
		workloads.includes(type)
			? Object.fromEntries(
					Object.entries(blocks as Tree).map(([name, block]) => [
						name,
						{ ...(block as Tree), wait_for_rollout: false },
					]),
				)
			: blocks,
	]);
	return { ...document, json: { ...document.json, resource: Object.fromEntries(own) } };
}

type Tree = Readonly<Record<string, Json>>;
