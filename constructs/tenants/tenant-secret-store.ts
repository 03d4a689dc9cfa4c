import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { Construct } from "constructs";
import { secretsReader } from "../../config/registry/owner-names.ts";
import { httpUrl } from "../../config/schema/endpoints.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { externalSecretsApi } from "../kubernetes/external-secret.ts";
import type { NamespaceReference } from "../kubernetes/namespace.ts";
import { siteOf } from "../site.ts";

export interface TenantSecretStoreProps {
	readonly namespace: NamespaceReference;
	readonly name: string;
}

/**
 * The SecretStore of a namespace of the registry. The operator logs in as the namespace's reader: the site's own store,
 * for the platform, can read no secret of a tenant.
 */
export class TenantSecretStore extends Construct {
	/** Name for External Secrets of the same namespace. */
	readonly storeName: string;

	constructor(scope: Construct, id: string, { namespace, name }: TenantSecretStoreProps) {
		super(scope, id);
		const { vault, endpoints } = siteOf(this);
		const active = endpoints["vault-active"];
		if (active === undefined) throw new VisibleError("endpoints has no vault-active, where secrets are read");
		this.storeName = name;
		new Manifest(this, "Resource", {
			manifest: {
				apiVersion: externalSecretsApi,
				kind: "SecretStore",
				metadata: { name, namespace: namespace.name },
				spec: {
					provider: {
						vault: {
							server: httpUrl(active),
							path: vault.kvMount,
							version: "v2",
							auth: {
								kubernetes: {
									mountPath: "kubernetes",
									role: secretsReader.role(namespace.literalName),
									serviceAccountRef: {
										name: secretsReader.account,
										audiences: [secretsReader.audience],
									},
								},
							},
						},
					},
				},
			},
		});
	}
}
