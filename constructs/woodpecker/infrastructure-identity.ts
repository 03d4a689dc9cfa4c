import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { waive } from "../../world/waiver.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { AdmissionPolicy } from "../platform/admission-policy.ts";
import { stampedLabels, stampedValue } from "./stamped-labels.ts";

export interface InfrastructureIdentityProps {
	/** Namespace of the steps. */
	readonly namespace: TieredNamespace;
	/** Name of the service account with the rights. */
	readonly account: string;
	/** As `owner/name`. */
	readonly repository: string;
	/** The default branch, whose commits are reviewed. */
	readonly branch: string;
}

/**
 * Events that run code of the branch. A pull request, a tag or a release runs other code under the name of the branch.
 */
const trustedEvents = ["push", "cron", "manual"] as const;

/**
 * Rights of the pipelines of the infrastructure repository: they apply stacks, which may hold any kind of object. Only
 * steps of the default branch run under the account with these rights: the API server requires the labels that the CI
 * server sets, and the agent refuses branches whose name merely normalises to the same label. All other steps of the
 * namespace run as `default`, which has no rights.
 */
export class InfrastructureIdentity extends Construct {
	constructor(scope: Construct, id: string, props: InfrastructureIdentityProps) {
		super(scope, id);
		const { namespace, account, repository, branch } = props;
		const { metadata } = new ServiceAccountV1(this, "account", {
			metadata: { name: account, namespace: namespace.name },
		});
		const policy = new AdmissionPolicy(this, "default-branch", {
			name: "infrastructure-pipelines",
			apiVersion: "v1",
			resources: ["pods"],
			operations: ["CREATE"],
			namespaceLabels: { "kubernetes.io/metadata.name": namespace.literalName },
			validations: [
				{
					expression: `object.spec.serviceAccountName == 'default' || (${trusted(props)})`,
					message: `only ${trustedEvents.join(", ")} of branch ${branch} of ${repository} run as ${account}, all else as default`,
				},
			],
		});
		new ClusterRoleBindingV1(this, "cluster-admin", {
			metadata: { name: "woodpecker-infra" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
			subject: [{ kind: "ServiceAccount", name: metadata.name, namespace: namespace.name }],
			// No rights before the admission policy exists.
			dependsOn: [policy.resource],
		});
		waive(
			this,
			"machine-not-cluster-admin",
			"Pipelines of the infrastructure repository apply every stack; only those of its default branch run as the account.",
		);
	}
}

/** CEL: whether a pod is a step of the default branch. */
function trusted({ account, repository, branch }: InfrastructureIdentityProps): string {
	const labels = "object.metadata.labels";
	const is = (label: string, values: readonly string[]) =>
		`'${label}' in ${labels} && ${labels}['${label}'] in [${values.map((value) => `'${value}'`).join(", ")}]`;
	return [
		`object.spec.serviceAccountName == '${account}'`,
		`has(${labels})`,
		is(stampedLabels.repository, [stampedValue(repository)]),
		is(stampedLabels.branch, [stampedValue(branch)]),
		is(stampedLabels.event, trustedEvents),
	].join(" && ");
}
