import { blocks, plain } from "../../world/blocks.ts";
import { selects } from "../../world/label-selector.ts";
import { rbacBindings, rbacRoles } from "../../world/rbac.ts";
import type { World } from "../../world/world.ts";
import { worldRule } from "../rule.ts";

const hidden = new Set(["*", "secrets", "configmaps"]);

export const peopleReadNoSecrets = worldRule({
	id: "people-read-no-secrets",
	severity: "error",
	reason:
		"Keys lie in Secrets and, whatever was meant, in ConfigMaps too: who reads those of every namespace has them all.",
	remedy: "Leave both out of roles that are bound to people in the whole cluster.",
	*check(world) {
		const ofPeople = rolesOfPeople(world);
		for (const { object, namespace, name } of rbacRoles(world)) {
			if (namespace !== undefined || !ofPeople.has(name)) continue;
			const { resource, given, at } = object;
			for (const { block: rule, path } of blocks(given.rule, `${at}rule`)) {
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

/** Names of the roles that people have in the whole cluster, those included whose rules an aggregated one gathers. */
function rolesOfPeople(world: World): ReadonlySet<string> {
	const bound = new Set(
		rbacBindings(world)
			.filter(
				({ namespace, subjects }) =>
					namespace === undefined && subjects.some(({ kind }) => kind !== "ServiceAccount"),
			)
			.map(({ role }) => role.name),
	);
	const roles = rbacRoles(world).filter(({ namespace }) => namespace === undefined);
	const found = new Set<string>();
	const add = (name: string): void => {
		if (found.has(name)) return;
		found.add(name);
		for (const { aggregates } of roles.filter((role) => role.name === name))
			for (const part of roles)
				if (aggregates.some((selector) => selects(selector, part.labels))) add(part.name);
	};
	for (const name of bound) add(name);
	return found;
}
