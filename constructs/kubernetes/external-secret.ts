import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { Construct } from "constructs";
import { defined } from "../../config/schema/defined.ts";
import { siteOf } from "../site.ts";
import { rollOnChange } from "./annotations.ts";
import type { NamespaceReference } from "./namespace.ts";

/**
 * API version of the kinds of External Secrets: served since 0.16, and the only one since 0.17. Stacks, state and
 * cluster must agree on it (docs/runbooks/platform.md).
 */
export const externalSecretsApi = "external-secrets.io/v1";

/** One key of an entry. */
export interface VaultKey {
	/** Path below the KV mount, or below that of the database engine. */
	readonly path: string;
	readonly key: string;
}

export interface ExternalSecretProps {
	readonly namespace: NamespaceReference;
	/** Name of the Secret that appears in the namespace. */
	readonly name: string;
	/**
	 * Path of an entry below the KV mount, of which every key becomes a key of the Secret; or single keys of entries,
	 * by their key in the Secret.
	 */
	readonly from: string | Readonly<Record<string, VaultKey>>;
	/** Engine to read from: static secrets, or passwords that Vault rotates. @default kv */
	readonly engine?: "kv" | "database";
	/** Name of a SecretStore of the same namespace. @default the site's store of the engine */
	readonly store?: string;
	/** Keys of the Secret as Go templates over the values that were read. @default the values as they are */
	readonly template?: Readonly<Record<string, string>>;
}

/**
 * A Secret that the External Secrets operator copies from Vault at run time, so that its values are in no plan and no
 * state. Reloader restarts its readers when a value changes. The operator and its kinds must be installed before the
 * plan.
 */
export class ExternalSecret extends Construct {
	/** Name of the Secret, for references by containers. */
	readonly secretName: string;
	/** For `dependsOn` of others. */
	readonly resource: Manifest;

	constructor(scope: Construct, id: string, props: ExternalSecretProps) {
		super(scope, id);
		const { namespace, name, from, engine = "kv", store, template } = props;
		const { secretStore, databaseStore } = siteOf(this).vault;
		this.secretName = name;
		this.resource = new Manifest(this, "Resource", {
			manifest: {
				apiVersion: externalSecretsApi,
				kind: "ExternalSecret",
				metadata: { name, namespace: namespace.name },
				spec: {
					// As the operator writes it back, with its finalizer: `15m` would be a change in every plan.
					refreshInterval: "15m0s",
					secretStoreRef:
						store === undefined
							? { name: engine === "kv" ? secretStore : databaseStore, kind: "ClusterSecretStore" }
							: { name: store, kind: "SecretStore" },
					target: {
						name,
						template: {
							metadata: { annotations: { [rollOnChange.match]: "true" } },
							...defined({ data: template }),
						},
					},
					...(typeof from === "string"
						? { dataFrom: [{ extract: { key: from } }] }
						: {
								data: Object.entries(from).map(([secretKey, { path, key }]) => ({
									secretKey,
									remoteRef: { key: path, property: key },
								})),
							}),
				},
			},
		});
	}
}
