import type { Owner } from "../../config/registry/registry.ts";
import { deployerRule } from "../vault/kubernetes-engine.ts";
import { vaultPath } from "../vault/path.ts";
import type { PolicyRule } from "../vault/policy.ts";
import { stateKeyRules } from "../vault/transit-engine.ts";

/** Rights at the endpoints of the KV engine: values, metadata, and single versions. */
const kvRights = {
	data: ["create", "read", "update", "patch", "delete", "list"],
	metadata: ["list", "read", "delete"],
	delete: ["update"],
	undelete: ["update"],
	destroy: ["update"],
} as const;

/**
 * Rules of an owner in Vault (docs/reference/vault.md#policies). An entry and what is below it have a rule each: a
 * wildcard right after the name would give `ann` the secrets of `anna`.
 */
export function ownerRules(kvMount: string, { key, namespaces }: Owner): readonly PolicyRule[] {
	return [
		...(["data", "metadata", "delete", "undelete", "destroy"] as const).flatMap((endpoint): PolicyRule[] => [
			{ path: vaultPath`${kvMount}/${endpoint}/${key}`, capabilities: kvRights[endpoint] },
			{ path: vaultPath`${kvMount}/${endpoint}/${key}/*`, capabilities: kvRights[endpoint] },
		]),
		...pipelineRules({ namespaces }),
	];
}

/**
 * Rules of an owner's pipelines: the deployers of the own namespaces, and no secret. Whoever can push to a repository of
 * the owner can print what a step reads.
 */
export function pipelineRules({ namespaces }: Pick<Owner, "namespaces">): readonly PolicyRule[] {
	return namespaces.map(deployerRule);
}

/** Rules to encrypt and decrypt the states of an owner's namespaces. */
export function ownerStateRules({ namespaces }: Owner): readonly PolicyRule[] {
	return namespaces.flatMap(stateKeyRules);
}
