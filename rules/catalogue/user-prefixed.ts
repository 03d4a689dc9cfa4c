import { blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { worldRule } from "../rule.ts";

export const userPrefixed = worldRule({
	id: "user-prefixed",
	severity: "error",
	reason:
		"The API server puts a prefix before every name that the identity provider says: a binding without it is nobody's, or one of the cluster's own.",
	remedy: "Take the subject of a person from userSubject, and bind no group.",
	*check(world) {
		const { usernamePrefix, groupsPrefix } = world.site.platform.apiServer;
		const prefixes = new Map([
			["User", usernamePrefix],
			["Group", groupsPrefix],
		]);
		for (const { kind, resource, given, at } of kubernetesObjects(world).all) {
			if (kind !== "role_binding" && kind !== "cluster_role_binding") continue;
			for (const { block: one, path } of blocks(given.subject, `${at}subject`)) {
				const prefix = prefixes.get(plain(one.kind) ?? "");
				const name = plain(one.name);
				if (prefix !== undefined && name !== undefined && !name.startsWith(prefix))
					yield {
						subject: resource,
						argument: `${path}.name`,
						message: `${one.kind} ${name} lacks the prefix ${prefix}`,
					};
			}
		}
	},
});
