import { block, isExpression } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates, selects } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const serviceSelectsPods = worldRule({
	id: "service-selects-pods",
	severity: "error",
	reason: "A Service that selects nothing answers every connection with a refusal, and no apply notices.",
	remedy: "Make the selector equal to labels of the pod template that shall answer, in the same namespace.",
	*check(world) {
		const objects = kubernetesObjects(world);
		const templates = Map.groupBy(podTemplates(world), ({ owner }) => owner.namespace);
		for (const { kind, resource, namespace, name, given, at } of objects.all) {
			// Pods of a chart are in no document.
			if (kind !== "service" || objects.chartNamespaces.has(namespace)) continue;
			const { selector: written, type } = block(given.spec);
			const selector = block(written);
			const pairs = Object.entries(selector);
			if (type === "ExternalName" || pairs.length === 0 || pairs.some(([, value]) => isExpression(value)))
				continue;
			if (!templates.get(namespace)?.some((template) => selects(selector, template)))
				yield {
					subject: resource,
					argument: `${at}spec.selector`,
					message: `no pod template in namespace ${namespace} has the labels that Service ${name} selects: ${pairs.map((pair) => pair.join("=")).join(", ")}`,
				};
		}
	},
});
