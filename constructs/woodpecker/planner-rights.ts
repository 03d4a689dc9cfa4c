import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { AdmissionPolicy } from "../platform/admission-policy.ts";
import { siteOf } from "../site.ts";
import { accountOfPipelines } from "./account-of-pipelines.ts";

/** What a plan of the stacks reads, by API group; Secrets, which are also Helm's releases, by namespace. */
export const plannedResources: Readonly<Record<string, readonly string[]>> = {
	"": [
		"configmaps",
		"limitranges",
		"namespaces",
		"persistentvolumeclaims",
		"persistentvolumes",
		"resourcequotas",
		"serviceaccounts",
		"services",
	],
	"admissionregistration.k8s.io": ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
	"apiextensions.k8s.io": ["customresourcedefinitions"],
	apps: ["deployments", "statefulsets"],
	batch: ["cronjobs"],
	"networking.k8s.io": ["ingresses", "networkpolicies"],
	policy: ["poddisruptionbudgets"],
	"rbac.authorization.k8s.io": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
	"scheduling.k8s.io": ["priorityclasses"],
	"storage.k8s.io": ["storageclasses"],
	...manifestsOfOperators(),
};

/**
 * Kinds of operators, which the provider plans by a dry run of the API server: it asks for the right to write. Admission
 * policies are planned so as well, but the API server lets nobody judge who writes those, so that a change of one is
 * planned by an administrator.
 */
function manifestsOfOperators(): Readonly<Record<string, readonly string[]>> {
	return {
		"external-secrets.io": ["externalsecrets"],
		"kyverno.io": ["clustercleanuppolicies", "clusterpolicies"],
	};
}

export interface PlannerRightsProps {
	readonly namespace: TieredNamespace;
	/** Name of the service account. */
	readonly account: string;
	/** What must exist before anybody has the rights. */
	readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * The account that plans: it reads what stacks consist of, and writes nothing. Where a plan takes the right to write, an
 * admission policy lets its requests pass only as dry runs, and keeps it from pods and their logs, shells and ports.
 */
export class PlannerRights extends Construct {
	constructor(scope: Construct, id: string, { namespace, account, dependsOn }: PlannerRightsProps) {
		super(scope, id);
		const { metadata } = accountOfPipelines(this, namespace, account);
		const policy = dryRunsOnly(this, namespace.literalName, account);
		const role = new ClusterRoleV1(this, "role", {
			metadata: { name: "infrastructure-plan" },
			rule: [
				...Object.entries(plannedResources).map(([group, resources]) => ({
					apiGroups: [group],
					resources: [...resources],
					verbs: ["get", "list", "watch"],
				})),
				...Object.entries(manifestsOfOperators()).map(([group, resources]) => ({
					apiGroups: [group],
					resources: [...resources],
					verbs: ["patch", "create"],
				})),
			],
		});
		const subject = [{ kind: "ServiceAccount", name: metadata.name, namespace: namespace.name }];
		new ClusterRoleBindingV1(this, "binding", {
			metadata: { name: "infrastructure-plan" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
			subject,
			dependsOn: [policy.resource, ...dependsOn],
		});
		const secrets = new ClusterRoleV1(this, "secrets-role", {
			metadata: { name: "infrastructure-plan-secrets" },
			rule: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }],
		});
		for (const one of siteOf(this).woodpecker.plannedSecrets)
			new RoleBindingV1(this, `secrets-of-${one}`, {
				metadata: { name: "infrastructure-plan-secrets", namespace: one },
				roleRef: {
					apiGroup: "rbac.authorization.k8s.io",
					kind: "ClusterRole",
					name: secrets.metadata.name,
				},
				subject,
				dependsOn: [...dependsOn],
			});
	}
}

/** Every request of the account that writes must be a dry run, or asks for a token of its own. */
function dryRunsOnly(scope: Construct, namespace: string, account: string): AdmissionPolicy {
	const ownToken = `request.resource.resource == 'serviceaccounts' && request.subResource == 'token' && request.name == '${account}'`;
	return new AdmissionPolicy(scope, "dry-runs", {
		name: "infrastructure-plan-dry-runs",
		apiVersion: "*/*",
		resources: ["*/*"],
		operations: ["*"],
		within: "cluster",
		appliesTo: `request.userInfo.username == 'system:serviceaccount:${namespace}:${account}'`,
		validations: [
			{
				expression: `request.operation != 'CONNECT' && (has(request.dryRun) && request.dryRun || (${ownToken}))`,
				message: `${account} plans: every request that writes must be a dry run`,
			},
		],
	});
}
