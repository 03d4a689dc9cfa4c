import { type Block, block, blocks } from "./blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import type { World } from "./world.ts";

/** A pod template of a resource. */
export interface PodTemplate {
	readonly owner: KubernetesObject;
	readonly labels: Block;
	readonly annotations: Block;
	readonly spec: Block;
	/** Path of `spec` inside the owner. */
	readonly path: string;
	/** Init containers included. */
	readonly containers: readonly Container[];
	readonly volumes: readonly { readonly block: Block; readonly path: string }[];
}

export interface Container {
	readonly template: PodTemplate;
	readonly name: string;
	readonly block: Block;
	readonly path: string;
}

/** Path of the pod template in each workload type; an empty path is the resource itself. */
const templatePath: Readonly<Record<string, readonly string[]>> = {
	cron_job: ["spec", "job_template", "spec", "template"],
	daemon_set: ["spec", "template"],
	deployment: ["spec", "template"],
	job: ["spec", "template"],
	pod: [],
	replication_controller: ["spec", "template"],
	stateful_set: ["spec", "template"],
};

/** Every pod template of a world. */
export const podTemplates = oncePer((world: World): readonly PodTemplate[] =>
	kubernetesObjects(world).all.flatMap((owner) => {
		const keys = templatePath[owner.kind];
		if (keys === undefined || owner.resource.type === "kubernetes_manifest") return [];
		const template = keys.reduce((parent, key) => block(parent[key]), owner.resource.arguments as Block);
		const { labels, annotations } = block(template.metadata);
		const spec = block(template.spec);
		const path = [...keys, "spec"].join(".");
		const containers: Container[] = [];
		const pods: PodTemplate = {
			owner,
			labels: block(labels),
			annotations: block(annotations),
			spec,
			path,
			containers,
			volumes: blocks(spec.volume, `${path}.volume`),
		};
		for (const kind of ["init_container", "container"])
			for (const container of blocks(spec[kind], `${path}.${kind}`))
				containers.push({ template: pods, name: String(container.block.name), ...container });
		return [pods];
	}),
);

/** Every container of a world. */
export const containersOf = oncePer((world: World): readonly Container[] =>
	podTemplates(world).flatMap(({ containers }) => containers),
);

/** Whether the pods are those of a job. */
export function runsToCompletion({ owner }: PodTemplate): boolean {
	return owner.kind === "job" || owner.kind === "cron_job";
}

const podNameLabel = "statefulset.kubernetes.io/pod-name";

/**
 * Whether a label selector matches the pods, or a single one of them: pods of a stateful set have their name as a
 * label.
 */
export function selects(selector: Block, { labels, owner }: PodTemplate): boolean {
	return Object.entries(selector).every(([key, value]) =>
		key === podNameLabel && owner.kind === "stateful_set"
			? String(value).replace(/-\d+$/, "") === owner.name
			: labels[key] === value,
	);
}
