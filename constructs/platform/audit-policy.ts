/** Level of an audit rule: nothing, metadata, or request and response. */
type AuditLevel = "None" | "Metadata" | "RequestResponse";

interface AuditRule {
	readonly level: AuditLevel;
	readonly users?: readonly string[];
	readonly verbs?: readonly string[];
	readonly resources?: readonly { readonly group: string; readonly resources?: readonly string[] }[];
	readonly nonResourceURLs?: readonly string[];
}

/** Rules in order: the first that matches applies. Values of secrets are never logged, whatever the request. */
const rules: readonly AuditRule[] = [
	{
		level: "None",
		users: ["system:kube-proxy"],
		verbs: ["watch"],
		resources: [{ group: "", resources: ["endpoints", "services", "services/status"] }],
	},
	{ level: "None", verbs: ["watch"] },
	{ level: "None", nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"] },
	{
		level: "Metadata",
		// Tokens are secrets outside of Secrets.
		resources: [
			{ group: "", resources: ["secrets", "serviceaccounts/token"] },
			{ group: "authentication.k8s.io", resources: ["tokenreviews"] },
		],
	},
	{ level: "RequestResponse", verbs: ["create", "update", "patch", "delete"] },
	{ level: "Metadata", verbs: ["get", "list"] },
];

/** The audit policy as the API server reads it (audit.k8s.io/v1): JSON, which is YAML too. */
export function renderAuditPolicy(): string {
	return `${JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", rules }, null, 2)}\n`;
}
