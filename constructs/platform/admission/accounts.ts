import { ownerNames, secretsReader } from "../../../config/registry/owner-names.ts";
import type { TenantRule } from "../admission-policy.ts";
import { subject, text } from "./cel.ts";
import { actsHereOnly, bindsNothing } from "./requester.ts";

/** Longest lifetime in seconds of a token that a tenant requests for a service account. */
const tokenLife = 3600;

/** Lifetime in seconds that a kubelet requests for the token of a pod, unless the pod states another. */
export const podTokenLife = 3607;

const accountsOnly = (binding: string) =>
	`has(${binding}.subjects) && ${binding}.subjects.all(subject, subject.kind == 'ServiceAccount' && subject.namespace == request.namespace)`;

/** Excludes the controllers that empty a deleted namespace: they may delete bindings everywhere. */
const deletesHereOnly =
	"(request.operation != 'DELETE' || !authorizer.group('rbac.authorization.k8s.io').resource('rolebindings').check('delete').allowed())";

/** Rules for service accounts of a namespace: role bindings, ownership, and lifetime of tokens. */
export const accountRules: readonly TenantRule[] = [
	{
		name: "tenant-role-bindings",
		apiVersion: "rbac.authorization.k8s.io/v1",
		resources: ["rolebindings"],
		operations: ["CREATE", "UPDATE", "DELETE"],
		appliesTo: `${bindsNothing} && ${deletesHereOnly}`,
		validations: [
			{
				expression: `object == null || (${accountsOnly("object")})`,
				message:
					"only ServiceAccounts of the namespace can be bound: the registry says who has the namespace",
			},
			{
				expression: `oldObject == null || (${accountsOnly("oldObject")})`,
				message: "the binding of a person belongs to the platform: the registry says who has the namespace",
			},
		],
	},
	{
		name: "tenant-platform-accounts",
		apiVersion: "*/*",
		resources: ["serviceaccounts", "roles"],
		operations: ["CREATE", "UPDATE", "DELETE"],
		appliesTo: actsHereOnly,
		validations: [
			{
				expression: `!(${subject}.metadata.name in [${text(secretsReader.account)}, request.namespace + ${text(ownerNames.deployer(""))}])`,
				message: `${secretsReader.account} and the Role of the deployer belong to the platform`,
			},
		],
	},
	{
		name: "tenant-account-tokens",
		apiVersion: "v1",
		resources: ["serviceaccounts/token"],
		operations: ["CREATE"],
		validations: [
			{
				// The API server extends the lifetime that a kubelet requests to a year, so no other client may request
				// that number.
				expression: `object.spec.expirationSeconds <= ${tokenLife} || (object.spec.expirationSeconds <= ${podTokenLife} && has(object.spec.boundObjectRef) && object.spec.boundObjectRef.kind == 'Pod' && 'system:nodes' in request.userInfo.groups)`,
				message: `a token of an account lives for ${tokenLife} seconds at most: it must not outlive the rights of who asked for it`,
			},
		],
	},
	{
		name: "tenant-token-secrets",
		apiVersion: "v1",
		resources: ["secrets"],
		operations: ["CREATE"],
		validations: [
			{
				expression: "!has(object.type) || object.type != 'kubernetes.io/service-account-token'",
				message:
					"no Secret with the token of an account, which would never end: kubectl create token issues one for an hour",
			},
		],
	},
];
