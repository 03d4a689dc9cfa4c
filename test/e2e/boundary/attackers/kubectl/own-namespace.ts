import type { Attack } from "../../attack.ts";
import { core, get, kube, named, net, post, rbac } from "./requests.ts";

export const secrets: readonly Attack[] = [
	kube(
		"S6",
		"reads and lists Secrets and ConfigMaps of other namespaces, by name, by list and by watch",
		["bob", "vault", "kube-system", "external-secrets"].flatMap((namespace) => [
			get(core(namespace, "secrets")),
			get(core(namespace, "secrets/key")),
			get(core(namespace, "configmaps")),
			get(`${core(namespace, "secrets")}?watch=true&timeoutSeconds=1`),
		]),
		"reads those of the own namespace",
		[get(core("alice", "secrets/key")), get(core("alice", "configmaps"))],
	),
	kube(
		"S6",
		"reads Secrets of the whole cluster",
		[
			get("/api/v1/secrets"),
			get("/api/v1/configmaps"),
			get("/apis/external-secrets.io/v1/clustersecretstores"),
		],
		"sees namespaces and nodes",
		[get("/api/v1/namespaces"), get("/api/v1/nodes")],
	),
];

export const ownNamespace: readonly Attack[] = [
	kube(
		"S7",
		"changes labels and annotations of the own namespace, such as its Pod Security level, tier, owners and hosts",
		[
			[
				"PATCH",
				"/api/v1/namespaces/alice",
				{ metadata: { labels: { "pod-security.kubernetes.io/enforce": null } } },
			],
			["PATCH", "/api/v1/namespaces/alice", { metadata: { labels: { tier: "0-core" } } }],
			["PATCH", "/api/v1/namespaces/alice", { metadata: { labels: { "managed-by": null } } }],
			[
				"PATCH",
				"/api/v1/namespaces/alice",
				{ metadata: { annotations: { "infra/allowed-hosts": "vault.lab.example.org" } } },
			],
			["PUT", "/api/v1/namespaces/alice/finalize", named("alice")],
			["PATCH", "/api/v1/namespaces/alice/status", { status: {} }],
			["DELETE", "/api/v1/namespaces/alice"],
		],
		"reads it",
		[get("/api/v1/namespaces/alice")],
	),
	kube(
		"S7",
		"makes, changes and deletes quotas and limits, also one with a scope that counts other pods",
		[
			["DELETE", core("alice", "resourcequotas/user-quota")],
			["DELETE", core("alice", "resourcequotas")],
			["PATCH", core("alice", "resourcequotas/user-quota"), { spec: { hard: { pods: "100" } } }],
			["PATCH", core("alice", "resourcequotas/user-quota/status"), { status: { used: { pods: "0" } } }],
			post(
				core("alice", "resourcequotas"),
				named("more", { spec: { hard: { pods: "100" }, scopes: ["BestEffort"] } }),
			),
			["DELETE", core("alice", "limitranges/tier-defaults")],
			post(core("alice", "limitranges"), named("more", { spec: { limits: [] } })),
		],
		"reads them",
		[get(core("alice", "resourcequotas")), get(core("alice", "limitranges"))],
	),
	kube(
		"S7",
		"deletes the platform's bindings, its reader of secrets and the deployer's Role, one by one or all at once",
		[
			["DELETE", rbac("alice", "rolebindings/namespace-owner-alice")],
			["DELETE", rbac("alice", "rolebindings")],
			["DELETE", rbac("crew", "rolebindings/namespace-owner-bob")],
			["DELETE", rbac("alice", "roles/alice-deployer")],
			["PATCH", rbac("alice", "roles/alice-deployer"), { rules: [] }],
			["DELETE", core("alice", "serviceaccounts/secrets-reader")],
		],
		"makes and deletes a Role of the own",
		[post(rbac("alice", "roles"), named("mine", { rules: [] }))],
	),
	kube(
		"S12",
		"removes or opens the platform's network policies, or adds one for egress",
		[
			["DELETE", net("networkpolicies/default-deny")],
			["DELETE", net("networkpolicies")],
			["PATCH", net("networkpolicies/tenant-allowances"), { spec: { egress: [{}] } }],
			post(
				net("networkpolicies"),
				named("out", { spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{}] } }),
			),
			post(net("networkpolicies"), named("out", { spec: { podSelector: {}, egress: [{}] } })),
		],
		"lets others in by a policy for ingress",
		[
			post(
				net("networkpolicies"),
				named("in", { spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{}] } }),
			),
		],
	),
	kube(
		"S22",
		"gives objects finalizers, and owners in other namespaces or of the cluster",
		[
			post(core("alice", "configmaps"), { metadata: { name: "stays", finalizers: ["example.org/never"] } }),
			post(core("alice", "configmaps"), {
				metadata: {
					name: "owned",
					ownerReferences: [
						{ apiVersion: "v1", kind: "Node", name: "n", uid: "1", blockOwnerDeletion: true },
					],
				},
			}),
			["PATCH", core("alice", "secrets/key"), { metadata: { finalizers: ["example.org/never"] } }],
		],
		"makes a pod the owner of a ConfigMap",
		[
			post(core("alice", "configmaps"), {
				metadata: {
					name: "owned",
					ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "runs", uid: "1" }],
				},
			}),
		],
	),
	kube(
		"S20",
		"makes rule files for Prometheus",
		["configmaps", "secrets"].map((kind) =>
			post(core("alice", kind), { metadata: { name: "rules", labels: { "prometheus-rules": "load" } } }),
		),
		"makes a ConfigMap with other labels",
		[post(core("alice", "configmaps"), { metadata: { name: "settings", labels: { app: "web" } } })],
	),
	kube(
		"S11",
		"gets the policy engine's copy of a Secret of the platform",
		[
			post(core("alice", "secrets"), {
				metadata: { name: "tls-secret", labels: { "app.kubernetes.io/managed-by": "kyverno" } },
			}),
		],
		"makes a Secret of the own",
		[post(core("alice", "secrets"), named("mine"))],
	),
];
