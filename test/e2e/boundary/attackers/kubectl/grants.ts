import type { Attack } from "../../attack.ts";
import { core, kube, named, post, rbac, robot } from "./requests.ts";

const binding = (kind: string, name: string, subjects: object[]) =>
	named("binding", { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name }, subjects });

const service = (name: string) => named(name, { spec: { selector: { app: name }, ports: [{ port: 443 }] } });

export const grants: readonly Attack[] = [
	kube(
		"S13",
		"makes a Role with rights that are not held, or a right to pass such on",
		[
			[{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
			[{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] }],
			[{ apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["bind"] }],
			[{ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }],
			[{ apiGroups: [""], resources: ["endpoints", "resourcequotas"], verbs: ["create"] }],
		].map((rules) => post(rbac("alice", "roles"), named("more", { rules }))),
		"makes one with rights that are held",
		[
			post(
				rbac("alice", "roles"),
				named("less", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
			),
		],
	),
	kube(
		"S13",
		"binds an account to ClusterRoles beyond the own rights",
		[
			"cluster-admin",
			"system:controller:namespace-controller",
			"external-secrets-controller",
			"vault-k8s-engine",
			"system:node",
		].map((name) => post(rbac("alice", "rolebindings"), binding("ClusterRole", name, robot))),
		"binds one to a ClusterRole below them",
		[post(rbac("alice", "rolebindings"), binding("ClusterRole", "view", robot))],
	),
	kube(
		"S19",
		"binds people, groups and accounts of other namespaces",
		[
			[{ kind: "User", name: "oidc:stranger@example.com", apiGroup: "rbac.authorization.k8s.io" }],
			[{ kind: "Group", name: "system:authenticated", apiGroup: "rbac.authorization.k8s.io" }],
			[{ kind: "Group", name: "system:serviceaccounts", apiGroup: "rbac.authorization.k8s.io" }],
			[{ kind: "User", name: "system:serviceaccount:alice:robot", apiGroup: "rbac.authorization.k8s.io" }],
			[{ kind: "ServiceAccount", name: "default", namespace: "bob" }],
			[...robot, { kind: "ServiceAccount", name: "default", namespace: "bob" }],
		].map((subjects) => post(rbac("alice", "rolebindings"), binding("ClusterRole", "view", subjects))),
		"binds an account of the namespace",
		[post(rbac("alice", "rolebindings"), binding("ClusterRole", "view", robot))],
	),
	kube(
		"S13",
		"makes and changes objects of the cluster: aggregated APIs, webhooks, policies, classes, volumes, definitions",
		[
			post("/apis/apiregistration.k8s.io/v1/apiservices", named("v1.example.org")),
			post("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", named("mine")),
			["DELETE", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/tenant-kinds"],
			["DELETE", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/tenant-kinds"],
			post("/apis/scheduling.k8s.io/v1/priorityclasses", named("mine", { value: 1 })),
			post("/apis/storage.k8s.io/v1/storageclasses", named("mine", { provisioner: "a.example.org" })),
			post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", named("as.example.org")),
			post("/api/v1/namespaces", named("more")),
			post("/apis/rbac.authorization.k8s.io/v1/clusterroles", named("more", { rules: [] })),
			post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding("ClusterRole", "view", robot)),
		],
		"asks what is allowed",
		[post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace: "alice" } })],
	),
	kube(
		"S30",
		"makes a namespace called like a top-level domain, or a Service in one of the platform's that answers for it",
		[
			...["com", "org", "io", "dev", "net"].map((name) => post("/api/v1/namespaces", named(name))),
			...["default", "kube-system"].map((namespace) => post(core(namespace, "services"), service("github"))),
			post(core("com", "services"), service("github")),
		],
		"makes a Service of that name in the own namespace, which answers only there",
		[post(core("alice", "services"), service("github"))],
	),
	kube(
		"S23",
		"has a certificate signed for another name, or approves one",
		[
			post(
				"/apis/certificates.k8s.io/v1/certificatesigningrequests",
				named("mine", {
					spec: { request: "", signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
				}),
			),
			["PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/mine/approval", named("mine")],
			post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "t" } }),
		],
		"asks who it is",
		[post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})],
	),
	{
		row: "S23",
		tries:
			"names others in the headers of a request: administrators, groups of the system, accounts of others",
		on: "API server",
		refused: async (world) => {
			const claimed = [
				{ "impersonate-user": "oidc:d@example.com" },
				{ "impersonate-user": "oidc:bob@example.com" },
				{ "impersonate-user": "system:admin" },
				{ "impersonate-user": "system:serviceaccount:bob:default" },
				{ "impersonate-user": "system:serviceaccount:kube-system:namespace-controller" },
				{ "impersonate-user": "system:serviceaccount:alice:default", "impersonate-group": "system:masters" },
				{ "impersonate-user": "system:serviceaccount:alice:default", "impersonate-uid": "1" },
				{ "impersonate-user": "system:serviceaccount:alice:default", "impersonate-extra-scopes": "all" },
			];
			for (const headers of claimed) {
				const { status } = await world.with("alice/robot", "GET", core("alice", "pods"), undefined, headers);
				if (status !== 403) throw new Error(`${JSON.stringify(headers)}: ${status}`);
			}
		},
		but: "acts as an account of the own namespace",
		passes: async (world) => {
			const { status } = await world.with(
				"alice/robot",
				"POST",
				"/apis/authentication.k8s.io/v1/selfsubjectreviews",
				{},
				{ "impersonate-user": "system:serviceaccount:alice:default" },
			);
			if (status !== 201) throw new Error(`${status}`);
		},
	},
];
