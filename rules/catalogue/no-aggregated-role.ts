import { rbacRoles } from "../../world/rbac.ts";
import { worldRule } from "../rule.ts";

const aggregated = /^rbac\.authorization\.k8s\.io\/aggregate-to-(admin|edit|view)$/;

export const noAggregatedRole = worldRule({
	id: "no-aggregated-role",
	severity: "error",
	reason:
		"Its rules become those of a built-in role, which owners of namespaces hold: they get a right that no stack gave them.",
	remedy: "Bind the role to those who need it, and leave the label out.",
	*check(world) {
		for (const { object, name, labels } of rbacRoles(world))
			for (const [label, value] of Object.entries(labels))
				if (aggregated.test(label) && value === "true")
					yield {
						subject: object.resource,
						argument: `${object.at}metadata.labels["${label}"]`,
						message: `role ${name} adds its rules to the built-in role ${label.replace(/.*-to-/, "")}`,
					};
	},
});
