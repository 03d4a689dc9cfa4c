import { VisibleError } from "../config/schema/visible-error.ts";
import type { WrittenRule } from "../constructs/vault/policy.ts";
import { readPolicy } from "../constructs/vault/read-policy.ts";
import { plain } from "../world/blocks.ts";
import { fromLiteral } from "../world/literal.ts";
import { oncePer } from "../world/once-per.ts";
import type { Json, Resource, World } from "../world/world.ts";

/** A policy of Vault that a stack declares. */
export interface VaultPolicyDocument {
	readonly resource: Resource;
	readonly name: string;
	/** Absent where the text cannot be judged. */
	readonly rules?: readonly WrittenRule[];
	/** Why it cannot. */
	readonly problem?: string;
}

/** Every policy of Vault in a world. */
export const vaultPolicies = oncePer((world: World): readonly VaultPolicyDocument[] =>
	world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ mode, type }) => mode === "resource" && type === "vault_policy")
		.map((resource) => ({
			resource,
			name: plain(resource.arguments.name) ?? "",
			...judged(resource.arguments.policy),
		})),
);

function judged(policy: Json | undefined): Pick<VaultPolicyDocument, "rules" | "problem"> {
	const text = plain(policy);
	if (text === undefined) return { problem: "the text is known only to Terraform" };
	try {
		return { rules: readPolicy(fromLiteral(text)) };
	} catch (error) {
		if (error instanceof VisibleError) return { problem: error.message };
		throw error;
	}
}
