import type { Site } from "../../../config/schema/site.ts";
import type { TenantRule } from "../admission-policy.ts";
import { text } from "./cel.ts";

/** Whether a reference of External Secrets stays in the namespace: without a kind it means a SecretStore. */
const ownStore = (reference: string) =>
	`!has(${reference}) || !has(${reference}.kind) || ${reference}.kind == 'SecretStore'`;
const ownStores = (entries: string) =>
	`!has(${entries}) || ${entries}.all(one, !has(one.sourceRef) || (!has(one.sourceRef.generatorRef) && (${ownStore("one.sourceRef.storeRef")})))`;

/** Functions of the operator's templates that only convert a value; others read Secrets with the operator's rights. */
const conversions = ["b64dec", "b64enc", "lower", "quote", "squote", "toJson", "trim", "upper", "urlquery"];

/** A template of the operator that puts values of the entry into a text. */
const plainTemplate = `^([^{]|[{][^{]|[{][{]-? *[.][A-Za-z0-9_]+( *[|] *(${conversions.join("|")}))* *-?[}][}])*$`;

/** Whether every value of a map is such a template. */
const plain = (map: string) =>
	`(!has(${map}) || ${map}.all(key, ${map}[key].matches(${text(plainTemplate)})))`;

const template = "object.spec.target.template";

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
				{
					// Templates run in the operator: `getSecretKey` reads Secrets of every namespace (GHSA-77v3-r3jw-j2v2).
					expression: `!has(object.spec.target) || !has(${template}) || (!has(${template}.templateFrom) && ${plain(`${template}.data`)} && (!has(${template}.metadata) || (${plain(`${template}.metadata.annotations`)} && ${plain(`${template}.metadata.labels`)})))`,
					message: `a template holds values of the entry, such as {{ .password | urlquery }}, converted by ${conversions.join(", ")}, and comes from no other object`,
				},
				{
					expression:
						"!has(object.spec.dataFrom) || object.spec.dataFrom.all(one, !has(one.rewrite) || one.rewrite.all(each, !has(each.transform)))",
					message: "keys are rewritten by regexp or merge: a transform is a template of the operator",
				},
				{
					expression:
						"!has(object.spec.refreshInterval) || duration(object.spec.refreshInterval) >= duration('1m') || duration(object.spec.refreshInterval) == duration('0s')",
					message: "a Secret is refreshed once a minute at most: Vault answers for everybody",
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
