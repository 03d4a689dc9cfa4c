import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { secretsReader } from "../../config/registry/owner-names.ts";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { siteOf } from "../site.ts";
import type { KubernetesAuth } from "../vault/kubernetes-auth.ts";
import { vaultPath } from "../vault/path.ts";
import { VaultPolicy } from "../vault/vault-policy.ts";

/** A token serves one reading, and is asked for anew each time. */
const lifetime = 300_000;

/**
 * Lets the External Secrets operator read, for a namespace, the secrets of the person who has it alone. In a shared one
 * each owner could read what only the others may, and a disabled owner's pods get nothing new.
 *
 * @returns the owner whose secrets the namespace reads; undefined when it reads none
 */
export function soleOwner(namespace: Pick<OwnerNamespace, "owners">) {
	const [owner] = namespace.owners;
	return owner === undefined || sharedByMany(namespace) || owner.disabled ? undefined : owner;
}

/** Whether several people have a namespace, with or without their rights. */
export function sharedByMany({ owners }: Pick<OwnerNamespace, "owners">): boolean {
	return owners.length > 1;
}

export interface SecretsReaderProps {
	/** Name of the namespace, as a reference to it. */
	readonly namespace: string;
	readonly literalName: string;
	/** Key of the person whose secrets are read. */
	readonly owner: string;
	readonly machines: KubernetesAuth;
}

/** The login by which a namespace reads the secrets of its owner, and nothing else. */
export class SecretsReader extends Construct {
	constructor(scope: Construct, id: string, { namespace, literalName, owner, machines }: SecretsReaderProps) {
		super(scope, id);
		const { kvMount } = siteOf(this).vault;
		const account = new ServiceAccountV1(this, "account", {
			metadata: { name: secretsReader.account, namespace },
			automountServiceAccountToken: false,
		});
		const policy = new VaultPolicy(this, "policy", {
			name: secretsReader.role(literalName),
			rules: [
				{ path: vaultPath`${kvMount}/data/${owner}`, capabilities: ["read"] },
				{ path: vaultPath`${kvMount}/data/${owner}/*`, capabilities: ["read"] },
			],
		});
		machines.addRole(this, "role", {
			name: secretsReader.role(literalName),
			serviceAccount: account.metadata.name,
			namespace,
			policies: [policy],
			lifetime,
			renewable: false,
		});
	}
}
