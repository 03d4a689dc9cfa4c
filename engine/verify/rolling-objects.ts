import { block, isExpression, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { World } from "../../world/world.ts";

/** A workload that an apply rolls out, as a document names it. */
export interface RollingObject {
	/** As the API calls it, such as `StatefulSet`. */
	readonly kind: string;
	readonly namespace: string;
	readonly name: string;
	/** Whether it is removed some time after its end. */
	readonly passes: boolean;
}

export interface RollingObjects {
	readonly known: readonly RollingObject[];
	/** Addresses of those whose name only Terraform knows. */
	readonly unnamed: readonly string[];
}

/** Kinds by the name that {@link kubernetesObjects} gives them. */
const kinds: Readonly<Record<string, string>> = {
	deployment: "Deployment",
	stateful_set: "StatefulSet",
	daemon_set: "DaemonSet",
	job: "Job",
};

/** Workloads of a world, typed or as manifests; what a chart makes is in no document. */
export function rollingObjects(world: World): RollingObjects {
	const known: RollingObject[] = [];
	const unnamed: string[] = [];
	for (const { kind: snake, namespace, name, resource } of kubernetesObjects(world).all) {
		const kind = kinds[snake];
		if (kind === undefined) continue;
		const { manifest } = resource.arguments;
		const spec = block(
			resource.type === "kubernetes_manifest" ? block(manifest).spec : resource.arguments.spec,
		);
		const ttl = plain(spec.ttl_seconds_after_finished ?? spec.ttlSecondsAfterFinished);
		if (isExpression(name) || isExpression(namespace)) unnamed.push(resource.address);
		else known.push({ kind, namespace, name, passes: ttl !== undefined });
	}
	return { known, unnamed };
}
