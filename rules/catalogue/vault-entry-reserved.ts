import { stackNames } from "../../config/schema/reserved-names.ts";
import { vaultEntries } from "../../world/vault-entries.ts";
import { worldRule } from "../rule.ts";

export const vaultEntryReserved = worldRule({
	id: "vault-entry-reserved",
	severity: "error",
	reason: "A tenant owns the entry of the KV engine that is called like the tenant's key, and all below it.",
	remedy: "Add the first part of the path to stackNames in config/schema/reserved-names.ts.",
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
