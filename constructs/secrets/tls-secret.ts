import { Construct } from "constructs";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { EphemeralVaultSecret } from "./ephemeral-vault-secret.ts";
import { WriteOnlySecret } from "./write-only-secret.ts";

export interface TlsSecretProps {
	readonly namespace: TieredNamespace;
	/** @default tls-secret */
	readonly name?: string;
	/** KV entry with the keys `fullchain` and `privkey`, both PEM. */
	readonly vaultPath: string;
	/** Version of that entry, to be increased when the certificate was renewed. */
	readonly version: number;
}

/**
 * Certificate and key in a namespace, copied from Vault. The policy engine adds labels to such Secrets, so labels are
 * ignored.
 */
export class TlsSecret extends Construct {
	readonly secretName: string;

	constructor(scope: Construct, id: string, props: TlsSecretProps) {
		super(scope, id);
		const { namespace, name = "tls-secret", vaultPath, version } = props;
		const entry = new EphemeralVaultSecret(this, "entry", { path: vaultPath, version });
		this.secretName = new WriteOnlySecret(this, "secret", {
			namespace,
			name,
			type: "kubernetes.io/tls",
			data: { "tls.crt": entry.value("fullchain"), "tls.key": entry.value("privkey") },
			revision: version,
			ignoreLabels: true,
		}).secretName;
	}
}
