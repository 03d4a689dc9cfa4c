import { rollOnChange } from "../../constructs/kubernetes/annotations.ts";
import { block, blocks } from "../../world/blocks.ts";
import { configReferences } from "../../world/config-references.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { type PodTemplate, podTemplates, runsToCompletion } from "../../world/pods.ts";
import type { World } from "../../world/world.ts";
import { findingClass, type Observation } from "../finding-class.ts";
import { isBelow, type KubernetesChange, kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { restartOf, rolloutOf } from "../kubernetes/rollout.ts";

export const configReadLater = findingClass({
	id: "config-read-later",
	risk: "caution",
	reason:
		"What a process read at its start it keeps: the apply ends, everything is green, and the change waits for a restart that nobody has planned.",
	remedy: "Restart the readers after the deploy (kubectl rollout restart), and look at what they say.",
	*check({ summary, after }) {
		const objects = summary.changes.flatMap((change) => kubernetesChange(change) ?? []);
		const restarted = new Set(
			objects.filter((object) => (rolloutOf(object)?.down ?? 0) > 0 || isExchanged(object)).map(keyOf),
		);
		for (const object of objects) {
			if (!isConfig(object)) continue;
			for (const template of readersOf(object, after))
				if (!restarted.has(keyOf(template.owner))) yield observe(object, template, after);
		}
	},
});

/** A workload whose pod template changes, whatever its strategy. */
function isExchanged(object: KubernetesChange): boolean {
	return object.change.action !== "create" && object.paths.some((path) => isBelow(path, "spec.template"));
}

/** Whether the content of a ConfigMap or Secret changes, and pods that are there may have read it. */
function isConfig({ kind, change, paths }: KubernetesChange): boolean {
	if (kind !== "config_map" && kind !== "secret") return false;
	if (/replace$/.test(change.action)) return true;
	return (
		(change.action === "update" || change.action === "import+update") &&
		paths.some((path) => /^(data|binaryData|stringData|dataWo|binaryDataWo)/.test(path))
	);
}

function keyOf({ kind, namespace, name }: Pick<KubernetesChange, "kind" | "namespace" | "name">): string {
	return `${kind} ${namespace} ${name}`;
}

/** Pods that go on running and refer to the object; jobs read it at their next run. */
function readersOf({ kind, namespace, name }: KubernetesChange, world: World): readonly PodTemplate[] {
	const { resolve } = kubernetesObjects(world);
	return podTemplates(world).filter(
		(template) =>
			template.owner.namespace === namespace &&
			!runsToCompletion(template) &&
			[...configReferences(template)].some(
				(one) => one.kind === kind && resolve(template.owner.resource.stack, one.name) === name,
			),
	);
}

function observe(object: KubernetesChange, template: PodTemplate, world: World): Observation {
	const { change } = object;
	const { owner } = template;
	const restart = restartOf(owner.kind, owner.resource.arguments);
	if (isFollowed(object, template)) {
		const how = restart === undefined ? "" : `: ${restart.message}`;
		return {
			change,
			message: `Reloader restarts ${owner.kind} ${owner.name} once it is applied${how}`,
			risk: restart?.gap === true ? "caution" : "notice",
			remedy: "Apply when a restart of the readers is acceptable.",
		};
	}
	if (isMounted(object, template, world))
		return {
			change,
			message: `the files of ${owner.kind} ${owner.name} change within about a minute, and take effect once it reads them again: nothing restarts it`,
		};
	return {
		change,
		message: `${owner.kind} ${owner.name} has read it at its start, and keeps what it read: nothing restarts it`,
	};
}

function isFollowed({ after }: KubernetesChange, { owner }: PodTemplate): boolean {
	if (owner.annotations[rollOnChange.auto] === "true") return true;
	const { annotations } = block(after.metadata);
	return (
		owner.annotations[rollOnChange.search] === "true" && block(annotations)[rollOnChange.match] === "true"
	);
}

/** Whether it comes as files that the kubelet keeps up to date: neither as environment nor by a subPath. */
function isMounted(
	{ kind, name }: KubernetesChange,
	{ volumes, containers, owner }: PodTemplate,
	world: World,
): boolean {
	const { resolve } = kubernetesObjects(world);
	const isIt = (value: Parameters<typeof resolve>[1]) => resolve(owner.resource.stack, value) === name;
	const named = volumes.filter(({ block: volume }) =>
		kind === "secret" ? isIt(block(volume.secret).secret_name) : isIt(block(volume.config_map).name),
	);
	if (named.length === 0) return false;
	const names = new Set(named.map(({ block: volume }) => volume.name));
	const inEnvironment = [...configReferences({ volumes: [], containers })].some(
		(one) => one.kind === kind && isIt(one.name),
	);
	const mounts = containers.flatMap(({ block: container }) => blocks(container.volume_mount, ""));
	return (
		!inEnvironment &&
		mounts.every(({ block: mount }) => !names.has(mount.name) || (mount.sub_path ?? "") === "")
	);
}
