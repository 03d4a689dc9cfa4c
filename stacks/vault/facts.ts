import type { StackFacts } from "../declaration.ts";

export const vaultFacts: StackFacts = {
	name: "vault",
	purpose: "Vault with its engines, logins and policies, and the namespaces and identities of tenants",
	stateTier: 0,
};
