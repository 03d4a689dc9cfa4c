import { rollOnChange } from "../../constructs/kubernetes/annotations.ts";
import { configReferences } from "../../world/config-references.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { type PodTemplate, podTemplates, runsToCompletion } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const configRollsReaders = worldRule({
	id: "config-rolls-readers",
	severity: "error",
	reason: "A process that read its configuration at start keeps the old one until somebody restarts it.",
	remedy: `Annotate the workload with ${rollOnChange.auto} = "true"; for a ConfigMap of the stack, a ${rollOnChange.checksum} annotation on the pod template does as well.`,
	*check(world) {
		const objects = kubernetesObjects(world);
		for (const template of podTemplates(world)) {
			const { owner, annotations } = template;
			const reloader = readByReloader(template);
			// Jobs read the new configuration at their next run.
			if (runsToCompletion(template) || reloader[rollOnChange.auto] === "true") continue;
			const ignored = new Set<string>();
			for (const { kind, name: reference } of configReferences(template)) {
				const name = objects.resolve(owner.resource.stack, reference) ?? "";
				const object = objects.find(kind, owner.namespace, name);
				const isHashed =
					annotations[rollOnChange.checksum] !== undefined &&
					kind === "config_map" &&
					object?.resource.stack === owner.resource.stack;
				// With `search`, Reloader follows only objects with its annotation; whether objects that another
				// program makes have it is not known here.
				const isFollowed =
					reloader[rollOnChange.search] === "true" &&
					(object === undefined || object.annotations[rollOnChange.match] === "true");
				if (!isHashed && !isFollowed) ignored.add(`${kind} ${name}`);
			}
			if (ignored.size > 0)
				yield {
					subject: owner.resource,
					argument: "metadata.annotations",
					message: `${owner.kind} ${owner.name} does not roll when ${[...ignored].join(" or ")} changes`,
				};
		}
	},
});

/** Annotations that Reloader follows: those of the pods where the workload has none for it. */
const readByReloader = ({ owner, annotations }: PodTemplate) =>
	[rollOnChange.auto, rollOnChange.search].some((name) => owner.annotations[name] !== undefined)
		? owner.annotations
		: annotations;
