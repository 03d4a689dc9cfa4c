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
		for (const { resource, rules, problem } of vaultPolicies(world)) {
			const subject = { subject: resource, argument: "policy" };
			if (problem !== undefined) yield { ...subject, message: problem };
			for (const message of policyProblems(rules ?? [])) yield { ...subject, message };
		}
	},
});
