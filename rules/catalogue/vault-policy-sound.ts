import { policyProblems } from "../../constructs/vault/policy.ts";
import { worldRule } from "../rule.ts";
import { vaultPolicies } from "../vault-policies.ts";

export const vaultPolicySound = worldRule({
	id: "vault-policy-sound",
	severity: "error",
	reason:
		"Vault accepts a policy that means something else than its author thought: a star in the middle is a letter.",
	remedy: "Write the rules with VaultPolicy: it takes names for the variable parts and refuses the rest.",
	*check(world) {
		for (const { resource, rules } of vaultPolicies(world)) {
			const subject = { subject: resource, argument: "policy" };
			if (rules === undefined)
				yield { ...subject, message: "the text has more than paths with capabilities, or is no policy" };
			for (const message of policyProblems(rules ?? [])) yield { ...subject, message };
		}
	},
});
