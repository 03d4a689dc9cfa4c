import { Construct } from "constructs";
import { ownedBy, tenantAnnotations } from "../tenants/owner-names.ts";
import { secretsReader } from "../tenants/secrets-reader.ts";
import { AdmissionPolicy, type AdmissionPolicyProps } from "./admission-policy.ts";
import { tenantNetworkPolicies } from "./tenant-network.ts";

const text = (value: string) => `'${value}'`;
const list = (values: readonly string[]) => `[${values.map(text).join(", ")}]`;

const { allowedHosts } = tenantAnnotations;
const annotations = "namespaceObject.metadata.annotations";
const hosts = `(has(${annotations}) && ${text(allowedHosts)} in ${annotations} ? ${annotations}[${text(allowedHosts)}].split(',') : [])`;

/** Volumes that stay inside the pod or are claimed: Pod Security level `restricted` without inline CSI volumes. */
const harmlessVolumes = [
	"configMap",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"persistentVolumeClaim",
	"projected",
	"secret",
];

/** A reference of External Secrets stays in the namespace: without a kind it means a SecretStore. */
const ownStore = (reference: string) =>
	`!has(${reference}) || !has(${reference}.kind) || ${reference}.kind == 'SecretStore'`;
const ownStores = (entries: string) =>
	`!has(${entries}) || ${entries}.all(one, !has(one.sourceRef) || ${ownStore("one.sourceRef.storeRef")})`;

/** Nobody but administrators may bind roles in the whole cluster. */
const bindsNothing =
	"!authorizer.group('rbac.authorization.k8s.io').resource('clusterrolebindings').check('create').allowed()";

/** Administrators may remove a quota, and so may the controller that empties a namespace which goes away. */
const keepsQuotas =
	"!authorizer.group('').resource('resourcequotas').namespace(request.namespace).check('delete').allowed()";

/** What an owner, who is `admin` of the namespace, may not write into it all the same. */
export const tenantAdmissionPolicies: readonly Omit<AdmissionPolicyProps, "namespaceLabels">[] = [
	{
		name: "tenant-hosts",
		apiVersion: "networking.k8s.io/v1",
		resource: "ingresses",
		operations: ["CREATE", "UPDATE"],
		validations: [
			{
				expression: `!has(object.spec.defaultBackend) && has(object.spec.rules) && object.spec.rules.all(rule, has(rule.host) && rule.host in ${hosts})`,
				message: `every rule needs a host of the namespace's annotation ${allowedHosts}, and there is no default backend: the registry says which hosts are whose`,
			},
			{
				// The ingress controller picks a certificate by the name inside it: one for another host would be served there.
				expression:
					"!has(object.spec.tls) || object.spec.tls.all(tls, !has(tls.secretName) || tls.secretName == '')",
				message: "tls names no Secret: the ingress controller has the certificate of every host",
			},
		],
	},
	{
		name: "tenant-services",
		apiVersion: "v1",
		resource: "services",
		operations: ["CREATE", "UPDATE"],
		validations: [
			{
				expression: "!has(object.spec.type) || object.spec.type == 'ClusterIP'",
				message: "only Services of type ClusterIP: hosts are served by an Ingress",
			},
			{
				expression: "!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
				message: "no externalIPs: they take traffic that is meant for others",
			},
		],
	},
	{
		name: "tenant-volumes",
		apiVersion: "v1",
		resource: "pods",
		operations: ["CREATE", "UPDATE"],
		validations: [
			{
				expression: `!has(object.spec.volumes) || object.spec.volumes.all(volume, ${harmlessVolumes.map((type) => `has(volume.${type})`).join(" || ")})`,
				message: `volumes are one of ${harmlessVolumes.join(", ")}: others reach files that are not the tenant's`,
			},
		],
	},
	{
		name: "tenant-pod-accounts",
		apiVersion: "v1",
		resource: "pods",
		operations: ["CREATE"],
		validations: [
			{
				// A pipeline may change any Deployment of the namespace, and would read all secrets of its owner by this account.
				expression: `!has(object.spec.serviceAccountName) || object.spec.serviceAccountName != ${text(secretsReader.account)}`,
				message: `no pod runs as ${secretsReader.account}: External Secrets alone reads by it`,
			},
		],
	},
	{
		name: "tenant-role-bindings",
		apiVersion: "rbac.authorization.k8s.io/v1",
		resource: "rolebindings",
		operations: ["CREATE", "UPDATE"],
		appliesTo: bindsNothing,
		validations: [
			{
				expression:
					"has(object.subjects) && object.subjects.all(subject, subject.kind == 'ServiceAccount' && subject.namespace == request.namespace)",
				message:
					"only ServiceAccounts of the namespace can be bound: the registry says who has the namespace",
			},
		],
	},
	{
		name: "tenant-network-policies",
		apiVersion: "networking.k8s.io/v1",
		resource: "networkpolicies",
		operations: ["CREATE", "UPDATE", "DELETE"],
		appliesTo: keepsQuotas,
		validations: [
			{
				expression: `!(request.name in ${list(Object.values(tenantNetworkPolicies))})`,
				message: "the policy belongs to the platform",
			},
			{
				expression: "object == null || !('Egress' in object.spec.policyTypes)",
				message: "no rules for egress: policies add up, and it would open what the platform has closed",
			},
		],
	},
	{
		name: "tenant-secret-stores",
		apiVersion: "external-secrets.io/*",
		resource: "externalsecrets",
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
				message: "only a SecretStore of the namespace: the site's store reads what is not the tenant's",
			},
		],
	},
	{
		name: "tenant-copied-secrets",
		apiVersion: "v1",
		resource: "secrets",
		operations: ["CREATE", "UPDATE"],
		validations: [
			{
				expression:
					"!has(object.metadata.labels) || !('app.kubernetes.io/managed-by' in object.metadata.labels) || object.metadata.labels['app.kubernetes.io/managed-by'] != 'kyverno'",
				message: "the site's own certificate and passwords are not copied into a tenant's namespace",
			},
		],
	},
];

/** Rules of the API server for the namespaces of the registry, in force with or without a policy engine. */
export class TenantAdmission extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		for (const policy of tenantAdmissionPolicies)
			new AdmissionPolicy(this, policy.name, {
				...policy,
				namespaceLabels: { [ownedBy.key]: ownedBy.value },
			});
	}
}
