import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import { Construct } from "constructs";
import { literal } from "../../world/literal.ts";

/** A condition on requests, in CEL, and the message of a refusal. */
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
	/** `*` for any, including CONNECT to a pod or a Service. */
	readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "*")[];
	/** Labels of the namespaces whose objects it is about; `cluster` for every object, those without a namespace too. */
	readonly within: Readonly<Record<string, string>> | "cluster";
	/** Condition in CEL; requests for which it is false are not checked. @default all are checked */
	readonly appliesTo?: Validation["expression"];
	readonly validations: readonly Validation[];
}

/** A rule for the namespaces of the registry. */
export type TenantRule = Omit<AdmissionPolicyProps, "within">;

/**
 * A ValidatingAdmissionPolicy (Kubernetes 1.30). The API server evaluates it itself, so it cannot be unavailable, and
 * it refuses on errors. The provider has no resource type for it.
 */
export class AdmissionPolicy extends Construct {
	/** For `dependsOn` of objects that must not exist without it. */
	readonly resource: Manifest;

	constructor(scope: Construct, id: string, props: AdmissionPolicyProps) {
		super(scope, id);
		const { name, apiVersion, resources, operations, within, appliesTo, validations } = props;
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
								scope: within === "cluster" ? "*" : "Namespaced",
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
					...(within === "cluster"
						? {}
						: { matchResources: { namespaceSelector: { matchLabels: { ...within } } } }),
				},
			},
			dependsOn: [policy],
		});
	}
}
