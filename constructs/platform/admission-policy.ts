import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { Construct } from "constructs";
import { literal } from "../../world/literal.ts";

/** A condition that requests must meet, in CEL, and what a refused person reads. */
export interface Validation {
	readonly expression: string;
	readonly message: string;
}

export interface AdmissionPolicyProps {
	/** Name of policy and binding; a refusal begins with it. */
	readonly name: string;
	/** API group and version, such as `networking.k8s.io/v1`; `v1` for the core group, `*` as any of either. */
	readonly apiVersion: string;
	/** Plurals, such as `ingresses`, with a subresource after a slash; `*` as any. */
	readonly resources: readonly string[];
	/** `*` as any, those that connect to a pod or a Service included. */
	readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "*")[];
	/** Namespaces whose requests are looked at. */
	readonly namespaceLabels: Readonly<Record<string, string>>;
	/** Requests for which this is false pass unseen; CEL. @default all are looked at */
	readonly appliesTo?: Validation["expression"];
	readonly validations: readonly Validation[];
}

/** A rule for the namespaces of the registry. */
export type TenantRule = Omit<AdmissionPolicyProps, "namespaceLabels">;

/**
 * A rule of the API server itself (ValidatingAdmissionPolicy, Kubernetes 1.30): it cannot be down, and when it cannot
 * decide, it refuses. The provider has no type for it.
 */
export class AdmissionPolicy extends Construct {
	/** For `dependsOn` of what must not be there without it. */
	readonly resource: Manifest;

	constructor(scope: Construct, id: string, props: AdmissionPolicyProps) {
		super(scope, id);
		const { name, apiVersion, resources, operations, namespaceLabels, appliesTo, validations } = props;
		const [version = "", group = ""] = apiVersion.split("/").reverse();
		const common = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name } };
		const policy = new Manifest(this, "policy", {
			manifest: {
				...common,
				kind: "ValidatingAdmissionPolicy",
				spec: {
					failurePolicy: "Fail",
					matchConstraints: {
						resourceRules: [
							{
								apiGroups: [group],
								apiVersions: [version],
								operations: [...operations],
								resources: [...resources],
								// An object without a namespace would match whatever the namespaces' labels say.
								scope: "Namespaced",
							},
						],
					},
					...(appliesTo === undefined
						? {}
						: { matchConditions: [{ name: "applies", expression: literal(appliesTo) }] }),
					validations: validations.map(({ expression, message }) => ({
						expression: literal(expression),
						message: literal(message),
						reason: "Forbidden",
					})),
				},
			},
		});
		this.resource = new Manifest(this, "binding", {
			manifest: {
				...common,
				kind: "ValidatingAdmissionPolicyBinding",
				spec: {
					policyName: name,
					validationActions: ["Deny"],
					matchResources: { namespaceSelector: { matchLabels: { ...namespaceLabels } } },
				},
			},
			dependsOn: [policy],
		});
	}
}
