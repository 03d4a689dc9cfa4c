import type { WrittenRule } from "../constructs/vault/policy.ts";
import { readPolicy } from "../constructs/vault/read-policy.ts";
import { plain } from "../world/blocks.ts";
import { oncePer } from "../world/once-per.ts";
import type { Resource, World } from "../world/world.ts";

/** A policy of Vault that a stack declares. */
export interface VaultPolicyDocument {
	readonly resource: Resource;
	readonly name: string;
	/** Undefined where the text is in another form than paths with capabilities. */
	readonly rules: readonly WrittenRule[] | undefined;
}

/** Every policy of Vault in a world. */
export const vaultPolicies = oncePer((world: World): readonly VaultPolicyDocument[] =>
	world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ mode, type }) => mode === "resource" && type === "vault_policy")
		.map((resource) => ({
			resource,
			name: plain(resource.arguments.name) ?? "",
			rules: readPolicy(plain(resource.arguments.policy) ?? "?"),
		})),
);
