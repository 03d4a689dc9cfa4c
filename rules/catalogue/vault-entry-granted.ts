import type { PlatformPolicyName } from "../../config/schema/vault.ts";
import { capabilitiesAt } from "../../constructs/vault/policy-decision.ts";
import { type VaultEntry, vaultEntries } from "../../world/vault-entries.ts";
import { worldRule } from "../rule.ts";
import { vaultPolicies } from "../vault-policies.ts";

/** Policy of the machine that reads the entry. */
const readers: Readonly<Record<VaultEntry["when"], PlatformPolicyName>> = {
	plan: "ci-infra",
	run: "eso-reader",
};

export const vaultEntryGranted = worldRule({
	id: "vault-entry-granted",
	severity: "error",
	reason:
		"An entry that its reader's policy does not cover is refused at the first apply, or after it, in the cluster.",
	remedy: "Name the entry in vault.readers of the site, or keep the secret where its reader may look.",
	*check(world) {
		const policies = new Map(vaultPolicies(world).map(({ name, rules }) => [name, rules]));
		for (const { resource, argument, path, when } of vaultEntries(world)) {
			const policy = readers[when];
			const rules = policies.get(policy);
			// Policies of a stack that is not part of the world are not known.
			if (rules === undefined) continue;
			if (!capabilitiesAt(rules, `${world.site.vault.kvMount}/data/${path}`).includes("read"))
				yield { subject: resource, argument, message: `policy ${policy} does not let ${path} be read` };
		}
	},
});
