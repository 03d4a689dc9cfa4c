import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { secretsReader } from "../../config/registry/owner-names.ts";
import type { OwnerNamespace } from "../../config/registry/registry.ts";
import { minutes } from "../../config/schema/duration.ts";
import { siteOf } from "../site.ts";
import type { KubernetesAuth } from "../vault/kubernetes-auth.ts";
import { vaultPath } from "../vault/path.ts";
import { VaultPolicy } from "../vault/vault-policy.ts";

/** Lifetime of a token in milliseconds: the operator requests one for each read. */
const lifetime = minutes(5);

/**
 * The owner whose secrets the External Secrets operator may read for a namespace: its only owner. In a shared namespace
 * each owner could read secrets of the others, and a disabled owner's pods get no new values.
 *
 * @returns undefined when the namespace is shared or its owner is disabled
 */
export function soleOwner(namespace: Pick<OwnerNamespace, "owners">) {
	const [owner] = namespace.owners;
	return owner === undefined || sharedByMany(namespace) || owner.disabled ? undefined : owner;
}

/** Whether a namespace has several owners, disabled ones included. */
export function sharedByMany({ owners }: Pick<OwnerNamespace, "owners">): boolean {
	return owners.length > 1;
}

export interface SecretsReaderProps {
	/** Name of the namespace, as a reference to it. */
	readonly namespace: string;
	readonly literalName: string;
	/** Key of the owner whose secrets are read. */
	readonly owner: string;
	readonly machines: KubernetesAuth;
}

/** The login with which the External Secrets operator reads the secrets of a namespace's owner, and nothing else. */
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
			audience: secretsReader.audience,
			lifetime,
			renewable: false,
		});
	}
}
