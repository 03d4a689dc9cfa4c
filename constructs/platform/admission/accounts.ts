import { ownerNames, secretsReader } from "../../../config/registry/owner-names.ts";
import type { TenantRule } from "../admission-policy.ts";
import { subject, text } from "./cel.ts";
import { actsHereOnly, bindsNothing } from "./requester.ts";

/** Seconds for which somebody may ask for a token of an account. */
const tokenLife = 3600;

/** Seconds for which a node asks for the token of a pod, unless the pod says otherwise (kubelet). */
export const podTokenLife = 3607;

const accountsOnly = (binding: string) =>
	`has(${binding}.subjects) && ${binding}.subjects.all(subject, subject.kind == 'ServiceAccount' && subject.namespace == request.namespace)`;

/** Controllers that empty a namespace delete bindings of every kind, and may do so everywhere. */
const deletesHereOnly =
	"(request.operation != 'DELETE' || !authorizer.group('rbac.authorization.k8s.io').resource('rolebindings').check('delete').allowed())";

/** Accounts of a namespace: whom they may be bound to, whose they are, and how long their tokens live. */
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
				// The API server makes a year of the seconds that a node asks for, so nobody else may ask for as many.
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
