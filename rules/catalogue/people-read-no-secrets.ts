import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { Json } from "../../world/world.ts";
import { worldRule } from "../rule.ts";

const hidden = new Set(["*", "secrets", "configmaps"]);

export const peopleReadNoSecrets = worldRule({
	id: "people-read-no-secrets",
	severity: "error",
	reason:
		"Keys lie in Secrets and, whatever was meant, in ConfigMaps too: who reads those of every namespace has them all.",
	remedy: "Leave both out of roles that are bound to people in the whole cluster.",
	*check(world) {
		const { all, resolve } = kubernetesObjects(world);
		const ofPeople = new Set(
			all
				.filter(
					({ kind, resource }) => kind === "cluster_role_binding" && bindsPeople(resource.arguments.subject),
				)
				.map(({ resource }) => resolve(resource.stack, block(resource.arguments.role_ref).name)),
		);
		for (const { kind, name, resource } of all) {
			if (kind !== "cluster_role" || !ofPeople.has(name)) continue;
			for (const { block: rule, path } of blocks(resource.arguments.rule, "rule")) {
				const open = (Array.isArray(rule.resources) ? rule.resources : []).filter((one) =>
					hidden.has(plain(one) ?? ""),
				);
				if (open.length > 0)
					yield {
						subject: resource,
						argument: `${path}.resources`,
						message: `role ${name} opens ${open.join(", ")} of every namespace to people`,
					};
			}
		}
	},
});

function bindsPeople(subjects: Json | undefined): boolean {
	return blocks(subjects, "").some(({ block: { kind } }) => kind === "User" || kind === "Group");
}
