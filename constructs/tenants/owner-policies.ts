import type { Owner } from "../../config/registry/registry.ts";
import { deployerRule } from "../vault/kubernetes-engine.ts";
import { vaultPath } from "../vault/path.ts";
import type { PolicyRule } from "../vault/policy.ts";
import { stateKeyRules } from "../vault/transit-engine.ts";

/** Rights at each endpoint of the KV engine: values, their history, and single versions. */
const kvRights = {
	data: ["create", "read", "update", "patch", "delete", "list"],
	metadata: ["list", "read", "delete"],
	delete: ["update"],
	undelete: ["update"],
	destroy: ["update"],
} as const;

/**
 * What an owner may do in Vault (docs/reference/vault.md#policies). The path itself and what lies below it have a rule
 * each: one with a star behind the name would give `ann` the secrets of `anna`.
 */
export function ownerRules(kvMount: string, { key, namespaces }: Owner): readonly PolicyRule[] {
	return [
		...(["data", "metadata", "delete", "undelete", "destroy"] as const).flatMap((endpoint): PolicyRule[] => [
			{ path: vaultPath`${kvMount}/${endpoint}/${key}`, capabilities: kvRights[endpoint] },
			{ path: vaultPath`${kvMount}/${endpoint}/${key}/*`, capabilities: kvRights[endpoint] },
		]),
		...namespaces.map((namespace): PolicyRule => deployerRule(namespace)),
	];
}

/** Leave to encrypt and decrypt the states of an owner's namespaces. */
export function ownerStateRules({ namespaces }: Owner): readonly PolicyRule[] {
	return namespaces.flatMap(stateKeyRules);
}
