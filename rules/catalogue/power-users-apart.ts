import { block, blocks } from "../../world/blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

const enforced = "pod-security.kubernetes.io/enforce";

export const powerUsersApart = worldRule({
	id: "power-users-apart",
	severity: "error",
	reason:
		"Whoever runs pods in a namespace mounts every Secret of it, acts as each of its service accounts, and owns the node where pods may be privileged.",
	remedy:
		"Leave the namespace out of platform.powerUserNamespaces, or make the person an administrator, who has these rights anyway.",
	*check(world) {
		const open = new Set(world.site.platform.powerUserNamespaces);
		if (open.size === 0) return;
		const { all, resolve } = kubernetesObjects(world);
		for (const object of all) {
			const { kind, resource, given, at } = object;
			if (kind === "cluster_role_binding")
				for (const { block: subject, path } of blocks(given.subject, `${at}subject`)) {
					const namespace = resolve(resource.stack, subject.namespace);
					if (namespace === undefined || !open.has(namespace) || subject.kind !== "ServiceAccount") continue;
					yield {
						subject: resource,
						argument: path,
						message: `a service account of ${namespace}, where power users run pods, has rights in the whole cluster`,
					};
				}
			const reason = why(object);
			const namespace = kind === "namespace" ? object.name : object.namespace;
			if (reason !== undefined && open.has(namespace))
				yield {
					subject: resource,
					argument: `${at}metadata`,
					message: `power users run pods in ${namespace}, ${reason}`,
				};
		}
	},
});

/** Why nobody but the platform runs pods beside an object. */
function why({ kind, name, given }: KubernetesObject): string | undefined {
	if (kind === "secret" || kind === "external_secret") return `which holds the Secret ${name}`;
	const { labels } = block(block(given.metadata));
	if (kind === "namespace" && block(labels)[enforced] === "privileged") return "where pods may be privileged";
	return undefined;
}
