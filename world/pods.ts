import { type Block, block, blocks, plain } from "./blocks.ts";
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

/** Path of the pod template in each kind of Kubernetes; an empty path is the object itself. */
const templatePath: Readonly<Record<string, readonly string[]>> = {
	cron_job: ["spec", "job_template", "spec", "template"],
	daemon_set: ["spec", "template"],
	deployment: ["spec", "template"],
	job: ["spec", "template"],
	pod: [],
	pod_template: ["template"],
	replica_set: ["spec", "template"],
	replication_controller: ["spec", "template"],
	stateful_set: ["spec", "template"],
};

/** Kinds whose pods are patterns that those of others are compared with. */
const patterns = /^(policies\.)?kyverno\.io\//;

/** Every pod template of a world: of typed resources, of manifests, and of kinds of others that bring pods. */
export const podTemplates = oncePer((world: World): readonly PodTemplate[] =>
	kubernetesObjects(world).all.flatMap((owner) => {
		const keys = templatePath[owner.kind];
		const whole = { block: owner.given, path: owner.at.slice(0, -1) };
		if (keys === undefined)
			return patterns.test(plain(owner.given.api_version) ?? "")
				? []
				: [...templatesIn(whole)].map((found) => podsOf(owner, found));
		const template = keys.reduce((parent, key) => step(parent, key), whole);
		return [podsOf(owner, template)];
	}),
);

interface Place {
	readonly block: Block;
	readonly path: string;
}

const step = ({ block: parent, path }: Place, key: string): Place => ({
	block: block(parent[key]),
	path: path === "" ? key : `${path}.${key}`,
});

function podsOf(owner: KubernetesObject, template: Place): PodTemplate {
	const { labels, annotations } = block(template.block.metadata);
	const { block: spec, path } = step(template, "spec");
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
	return pods;
}

/** Whatever has a specification of containers, each with a name and an image, at any depth. */
function* templatesIn(place: Place): Iterable<Place> {
	const containers = blocks(block(place.block.spec).container, "");
	if (
		containers.length > 0 &&
		containers.every(({ block: one }) => plain(one.name) !== undefined && typeof one.image === "string")
	) {
		yield place;
		return;
	}
	for (const [key, value] of Object.entries(place.block))
		for (const inner of blocks(value, `${place.path}.${key}`)) yield* templatesIn(inner);
}

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
