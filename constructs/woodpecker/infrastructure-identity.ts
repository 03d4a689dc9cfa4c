import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { NetworkPolicyV1 } from "@cdktf/provider-kubernetes/lib/network-policy-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { hasIdentity, identityOf, type PipelineIdentity } from "../../config/pipeline-identities.ts";
import { waive } from "../../world/waiver.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { AdmissionPolicy } from "../platform/admission-policy.ts";
import { siteOf } from "../site.ts";
import { accountOfPipelines } from "./account-of-pipelines.ts";
import { sealedStep } from "./infrastructure-pipelines.ts";
import { PlannerRights } from "./planner-rights.ts";
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
 * Identities of the pipelines of the infrastructure repository. A push to the default branch may deploy, a run of its by
 * the clock may plan or renew the certificate, and nothing else runs in the namespace at all: the API server requires
 * the labels that the CI server sets, and the agent refuses branches whose name merely normalises to the same label. No
 * identity is for both, and none is for a run that somebody starts by hand. A step that asks for none runs as `default`,
 * which has no rights; the one that runs code nobody has read reaches nothing.
 */
export class InfrastructureIdentity extends Construct {
	constructor(scope: Construct, id: string, props: InfrastructureIdentityProps) {
		super(scope, id);
		const { namespace, account, repository, branch } = props;
		const site = siteOf(this);
		const accountOf = (who: PipelineIdentity) => identityOf(site, who).machine.serviceAccount;
		const planner = accountOf("planner");
		const certifier = hasIdentity(site, "certifier") ? accountOf("certifier") : undefined;
		const clocked = [planner, ...(certifier === undefined ? [] : [certifier])];
		const { metadata } = new ServiceAccountV1(this, "account", {
			metadata: { name: account, namespace: namespace.name },
		});
		const policy = new AdmissionPolicy(this, "default-branch", {
			name: "infrastructure-pipelines",
			apiVersion: "v1",
			resources: ["pods"],
			operations: ["CREATE"],
			within: { "kubernetes.io/metadata.name": namespace.literalName },
			validations: [
				{
					expression: `has(${labels}) && ${of(props)} && (${[
						runs("push", ["default", account]),
						runs("cron", ["default", ...clocked]),
					].join(" || ")})`,
					message: `only branch ${branch} of ${repository} runs here: a push as ${account}, a cron as ${clocked.join(" or ")}, either as default`,
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
		new PlannerRights(this, "planner", { namespace, account: planner, dependsOn: [policy.resource] });
		if (certifier !== undefined) accountOfPipelines(new Construct(this, "certifier"), namespace, certifier);
		new NetworkPolicyV1(this, "sealed", {
			metadata: { name: "sealed", namespace: namespace.name },
			spec: {
				podSelector: { matchLabels: { [stampedLabels.step]: sealedStep } },
				policyTypes: ["Ingress", "Egress"],
			},
		});
		waive(
			this,
			"machine-not-cluster-admin",
			"Pipelines of the infrastructure repository apply every stack; only those of its default branch run as the account.",
		);
	}
}

const labels = "object.metadata.labels";

const is = (label: string, value: string) => `'${label}' in ${labels} && ${labels}['${label}'] == '${value}'`;

/** CEL: whether a pod is a step of the default branch. */
function of({ repository, branch }: InfrastructureIdentityProps): string {
	return [
		is(stampedLabels.repository, stampedValue(repository)),
		is(stampedLabels.branch, stampedValue(branch)),
	].join(" && ");
}

/** CEL: whether a pod is of an event, and runs as one of these accounts. */
function runs(event: string, accounts: readonly string[]): string {
	const names = accounts.map((name) => `'${name}'`).join(", ");
	return `(${is(stampedLabels.event, event)} && object.spec.serviceAccountName in [${names}])`;
}
