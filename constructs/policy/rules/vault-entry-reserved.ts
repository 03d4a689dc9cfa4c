import { stackNames } from "../../../config/registry/reserved-names.ts";
import { worldRule } from "../rule.ts";
import { vaultEntries } from "../vault-entries.ts";

export const vaultEntryReserved = worldRule({
	id: "vault-entry-reserved",
	severity: "error",
	reason: "A tenant owns the entry of the KV engine that is called like the tenant's key, and all below it.",
	remedy: "Add the first part of the path to stackNames in config/registry/reserved-names.ts.",
	*check(world) {
		for (const { resource, argument, path } of vaultEntries(world)) {
			const [first = ""] = path.split("/");
			if (!stackNames.has(first))
				yield {
					subject: resource,
					argument,
					message: `a tenant could be called ${first} and would own the entry ${path}`,
				};
		}
	},
});
