import type { KubernetesChange } from "../../review/kubernetes/kubernetes-change.ts";
import { claimTemplatesOf, podSpecOf } from "../../review/kubernetes/pod-spec.ts";
import type { LiveClaim } from "../../review/live.ts";
import { type Block, block, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { World } from "../../world/world.ts";
import { getObjects, type LiveObject } from "./in-cluster.ts";

const workloads = "deployments.apps,statefulsets.apps,daemonsets.apps,cronjobs.batch";

/** Claims that no stack declares, in the namespaces in which claims, or sets with claims, are made. */
export async function liveClaims(world: World, made: readonly KubernetesChange[]): Promise<LiveClaim[]> {
	const namespaces = new Set(made.filter(hasClaims).map(({ namespace }) => namespace));
	const found: LiveClaim[] = [];
	for (const namespace of namespaces) {
		const kinds = `persistentvolumeclaims,${workloads}`;
		const objects = await getObjects(world.site, [kinds, `--namespace=${namespace}`]);
		const { find, all } = kubernetesObjects(world);
		const ofSets = all
			.filter((one) => one.kind === "stateful_set" && one.namespace === namespace)
			.flatMap(({ name, resource }) =>
				claimTemplatesOf(resource.arguments as Block).map((template) => `${template}-${name}-`),
			);
		for (const { kind, metadata, spec } of objects)
			if (
				kind === "PersistentVolumeClaim" &&
				find("persistent_volume_claim", namespace, metadata.name) === undefined &&
				!ofSets.some((prefix) => metadata.name.startsWith(prefix))
			)
				found.push({
					namespace,
					name: metadata.name,
					what: `${plain(block(block(block(spec).resources).requests).storage)}, of ${metadata.creationTimestamp}`,
					mountedBy: objects.filter((one) => mounts(one, metadata.name)).map(nameOf),
				});
	}
	return found;
}

function hasClaims({ kind, after }: KubernetesChange): boolean {
	return (
		kind === "persistent_volume_claim" || (kind === "stateful_set" && claimTemplatesOf(after).length > 0)
	);
}

function mounts(object: LiveObject, claim: string): boolean {
	const { spec } = object;
	if (spec === undefined) return false;
	return podSpecOf(kindOf(object), { spec })?.claims.includes(claim) === true;
}

function nameOf(object: LiveObject): string {
	return `${kindOf(object)} ${object.metadata.name}`;
}

/** `StatefulSet` -> `stateful_set` */
function kindOf({ kind }: LiveObject): string {
	return kind.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
