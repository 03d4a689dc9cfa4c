import { ingressObjects } from "../../world/ingresses.ts";
import { worldRule } from "../rule.ts";

export const ingressOfTheController = worldRule({
	id: "ingress-of-the-controller",
	severity: "error",
	reason:
		"Logins, limits and filters are annotations that the site's controller alone reads: another one serves the host open.",
	remedy: "Give it the class cluster.ingress.className, or use the construct Ingress.",
	*check(world) {
		const { className: own } = world.site.cluster.ingress;
		for (const { resource, className, namespace, name } of ingressObjects(world)) {
			if (className === own) continue;
			const manifest = resource.type === "kubernetes_manifest";
			yield {
				subject: resource,
				argument: manifest ? "manifest.spec.ingressClassName" : "spec.ingress_class_name",
				message: `Ingress ${namespace}/${name} is of ${className === undefined ? "no class" : `the class ${className}`}: expected ${own}`,
			};
		}
	},
});
