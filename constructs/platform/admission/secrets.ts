import type { Site } from "../../../config/schema/site.ts";
import type { TenantRule } from "../admission-policy.ts";
import { text } from "./cel.ts";

/** Whether a reference of External Secrets stays in the namespace: without a kind it means a SecretStore. */
const ownStore = (reference: string) =>
	`!has(${reference}) || !has(${reference}.kind) || ${reference}.kind == 'SecretStore'`;
const ownStores = (entries: string) =>
	`!has(${entries}) || ${entries}.all(one, !has(one.sourceRef) || (!has(one.sourceRef.generatorRef) && (${ownStore("one.sourceRef.storeRef")})))`;

/** Rules for Secrets and ConfigMaps of tenants that operators read or write. */
export function secretRules({ monitoring }: Pick<Site, "monitoring">): readonly TenantRule[] {
	return [
		{
			name: "tenant-secret-stores",
			apiVersion: "external-secrets.io/*",
			resources: ["externalsecrets"],
			operations: ["CREATE", "UPDATE"],
			validations: [
				{
					expression: [
						ownStore("object.spec.secretStoreRef"),
						ownStores("object.spec.data"),
						ownStores("object.spec.dataFrom"),
					]
						.map((condition) => `(${condition})`)
						.join(" && "),
					message:
						"only a SecretStore of the namespace, and no generator: the site's store reads what is not the tenant's",
				},
				{
					expression: "!has(object.spec.target) || !has(object.spec.target.manifest)",
					message: "an ExternalSecret makes a Secret, and no object of another kind",
				},
			],
		},
		{
			name: "tenant-copied-secrets",
			apiVersion: "v1",
			resources: ["secrets"],
			operations: ["CREATE", "UPDATE"],
			validations: [
				{
					expression:
						"!has(object.metadata.labels) || !('app.kubernetes.io/managed-by' in object.metadata.labels) || object.metadata.labels['app.kubernetes.io/managed-by'] != 'kyverno'",
					message: "the site's own certificate and passwords are not copied into a tenant's namespace",
				},
			],
		},
		{
			name: "tenant-rule-files",
			apiVersion: "v1",
			resources: ["configmaps", "secrets"],
			operations: ["CREATE", "UPDATE"],
			validations: [
				{
					expression: `!has(object.metadata.labels) || !(${text(monitoring.rulesLabel.key)} in object.metadata.labels)`,
					message: `no label ${monitoring.rulesLabel.key}: Prometheus would take the object for the platform's alerts`,
				},
			],
		},
	];
}
