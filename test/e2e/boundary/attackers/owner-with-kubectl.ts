import { pod } from "../../platform/people.ts";
import { type Attack, type Attacker, type Call, requests } from "../attack.ts";

const kube = requests(
	"API server",
	(world, [method, path, body]) => world.as("alice", method, path, body),
	[403],
);

const core = (namespace: string, rest: string) => `/api/v1/namespaces/${namespace}/${rest}`;
const rbac = (namespace: string, rest: string) =>
	`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/${rest}`;
const net = (rest: string) => `/apis/networking.k8s.io/v1/namespaces/alice/${rest}`;
const dry = (path: string) => `${path}${path.includes("?") ? "&" : "?"}dryRun=All`;
const post = (path: string, body: object): Call => ["POST", dry(path), body];
const named = (name: string, more: object = {}) => ({ metadata: { name }, ...more });
const get = (path: string): Call => ["GET", path];

const ingress = (host: string) =>
	named("web", {
		spec: {
			rules: [
				{
					host,
					http: {
						paths: [
							{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } },
						],
					},
				},
			],
		},
	});
const service = (spec: object) => named("web", { spec: { ports: [{ port: 80 }], ...spec } });
const claim = (spec: object) =>
	named("claim", {
		spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
	});
const binding = (kind: string, name: string, subjects: object[]) =>
	named("binding", { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name }, subjects });
const robot = [{ kind: "ServiceAccount", name: "robot", namespace: "alice" }];
const tokenRequest = (expirationSeconds: number, audiences?: string[]) => ({
	spec: { expirationSeconds, ...(audiences ? { audiences } : {}) },
});
const debugged = (securityContext: object): Call => [
	"PATCH",
	dry(core("alice", "pods/runs/ephemeralcontainers")),
	{
		spec: { ephemeralContainers: [{ name: "debug", image: "docker.io/library/busybox:1", securityContext }] },
	},
];
const confined = {
	allowPrivilegeEscalation: false,
	capabilities: { drop: ["ALL"] },
	runAsNonRoot: true,
	seccompProfile: { type: "RuntimeDefault" },
};

const secrets: readonly Attack[] = [
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

const ownNamespace: readonly Attack[] = [
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

const pods: readonly Attack[] = [
	kube(
		"S8",
		"takes a priority of the platform, a GPU, a node that it names, or a taint that keeps it away",
		[
			post(core("alice", "pods"), pod("p", { priorityClassName: "system-node-critical" })),
			post(core("alice", "pods"), pod("p", { priorityClassName: "tier-0-core" })),
			post(core("alice", "pods"), pod("p", {}, { resources: { limits: { "nvidia.com/gpu": "1" } } })),
			post(core("alice", "pods"), pod("p", { nodeName: "worker-1" })),
			post(core("alice", "pods"), pod("p", { tolerations: [{ operator: "Exists" }] })),
			post(core("alice", "pods"), pod("p", { schedulerName: "mine" })),
		],
		"starts a pod that asks for nothing of the kind",
		[post(core("alice", "pods"), pod("p"))],
	),
	kube(
		"S9",
		"runs privileged, in the node's namespaces, on its ports or files",
		[
			post(
				core("alice", "pods"),
				pod("p", {}, { securityContext: { ...confined, allowPrivilegeEscalation: true, privileged: true } }),
			),
			post(core("alice", "pods"), pod("p", { hostPID: true })),
			post(core("alice", "pods"), pod("p", { hostNetwork: true })),
			post(core("alice", "pods"), pod("p", {}, { ports: [{ containerPort: 80, hostPort: 80 }] })),
			post(core("alice", "pods"), pod("p", { volumes: [{ name: "v", hostPath: { path: "/" } }] })),
			post(
				core("alice", "pods"),
				pod("p", { volumes: [{ name: "v", nfs: { server: "10.0.0.1", path: "/" } }] }),
			),
			post(core("alice", "pods"), pod("p", { volumes: [{ name: "v", csi: { driver: "nfs.csi.k8s.io" } }] })),
		],
		"mounts a Secret and an empty directory",
		[
			post(
				core("alice", "pods"),
				pod("p", {
					volumes: [
						{ name: "s", secret: { secretName: "key" } },
						{ name: "e", emptyDir: {} },
					],
				}),
			),
		],
	),
	kube(
		"S9",
		"puts a further container into a pod that runs, or gives it other rights",
		[
			debugged({ ...confined, privileged: true, allowPrivilegeEscalation: true }),
			debugged({ ...confined, capabilities: { add: ["SYS_ADMIN"] } }),
			["PATCH", dry(core("alice", "pods/runs/binding")), {}],
		],
		"labels it",
		[["PATCH", dry(core("alice", "pods/runs")), { metadata: { labels: { looked: "yes" } } }]],
	),
	kube(
		"S1",
		"runs a pod as the account that External Secrets reads by",
		[
			post(core("alice", "pods"), pod("p", { serviceAccountName: "secrets-reader" })),
			post(core("alice", "pods"), pod("p", { serviceAccount: "secrets-reader" })),
		],
		"runs one as another account of the namespace",
		[post(core("alice", "pods"), pod("p", { serviceAccountName: "robot" }))],
	),
	kube(
		"S16",
		"keeps tokens of accounts for more than an hour, by request, by Secret and by a pod's volume",
		[
			post(core("alice", "serviceaccounts/default/token"), tokenRequest(31_536_000)),
			post(core("alice", "serviceaccounts/default/token"), tokenRequest(3607)),
			post(core("alice", "secrets"), {
				metadata: { name: "t", annotations: { "kubernetes.io/service-account.name": "default" } },
				type: "kubernetes.io/service-account-token",
			}),
			post(
				core("alice", "pods"),
				pod("p", {
					volumes: [
						{
							name: "t",
							projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 86_400 } }] },
						},
					],
				}),
			),
		],
		"gets one for an hour",
		[post(core("alice", "serviceaccounts/default/token"), tokenRequest(3600))],
	),
];

const reach: readonly Attack[] = [
	kube(
		"S24",
		"opens shells, forwards ports, attaches and proxies into pods and Services of others, and evicts them",
		["bob", "kube-system", "vault"].flatMap((namespace): Call[] => [
			["POST", `${core(namespace, "pods/runs/exec")}?command=id`],
			get(`${core(namespace, "pods/runs/exec")}?command=id`),
			["POST", core(namespace, "pods/runs/attach")],
			["POST", core(namespace, "pods/runs/portforward")],
			get(core(namespace, "pods/runs/log")),
			get(core(namespace, "pods/runs:8200/proxy/v1/sys/health")),
			get(core(namespace, "services/http:vault:8200/proxy/")),
			["POST", core(namespace, "pods/runs/eviction"), { metadata: { name: "runs", namespace } }],
			["PATCH", core(namespace, "pods/runs/ephemeralcontainers"), { spec: { ephemeralContainers: [] } }],
		]),
		"reads a pod of the own",
		[get(core("alice", "pods/runs"))],
	),
	kube(
		"S24",
		"proxies through nodes, to their kubelets and metrics",
		[
			get("/api/v1/nodes/worker-1/proxy/pods"),
			get("/api/v1/nodes/https:worker-1:10250/proxy/run/"),
			["PATCH", "/api/v1/nodes/worker-1", { metadata: { labels: { a: "b" } } }],
			get("/metrics"),
			get("/debug/pprof/"),
			get("/logs/"),
		],
		"asks for the health and version of the API server",
		[get("/readyz"), get("/version")],
	),
	kube(
		"S24",
		"gets tokens of accounts of others",
		[
			["bob", "default"],
			["kube-system", "namespace-controller"],
			["external-secrets", "external-secrets"],
			["woodpecker-infra", "infrastructure"],
		].map(([namespace = "", name]) =>
			post(core(namespace, `serviceaccounts/${name}/token`), tokenRequest(600, ["vault"])),
		),
		"gets one of an account of the own",
		[post(core("alice", "serviceaccounts/robot/token"), tokenRequest(600))],
	),
	kube(
		"S24",
		"takes over leases of the control plane, and floods others with events",
		[
			[
				"PATCH",
				"/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler",
				{ spec: { holderIdentity: "me" } },
			],
			post("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", named("worker-1")),
			post(core("kube-system", "events"), named("flood", { involvedObject: {} })),
			post(core("alice", "events"), named("flood", { involvedObject: { namespace: "alice" } })),
		],
		"keeps a lease of the own",
		[post("/apis/coordination.k8s.io/v1/namespaces/alice/leases", named("mine", { spec: {} }))],
	),
];

const grants: readonly Attack[] = [
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

const traffic: readonly Attack[] = [
	kube(
		"S10",
		"serves hosts of others, of the platform, or any host",
		[
			...[
				"vault.lab.example.org",
				"forum.lab.example.org",
				"*.lab.example.org",
				"shop.lab.example.org.evil.example",
			].map((host) => post(net("ingresses"), ingress(host))),
			post(
				net("ingresses"),
				named("any", { spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } } }),
			),
		],
		"serves the own host",
		[post(net("ingresses"), ingress("shop.lab.example.org"))],
	),
	kube(
		"S18",
		"opens ports of nodes, takes addresses, that of the DNS among them, aliases other Services",
		[
			post(core("alice", "services"), service({ type: "NodePort" })),
			post(core("alice", "services"), service({ type: "NodePort", ports: [{ port: 80, nodePort: 30_091 }] })),
			post(
				core("alice", "services"),
				service({ type: "LoadBalancer", loadBalancerClass: "example.org/any" }),
			),
			post(
				core("alice", "services"),
				service({ type: "ExternalName", externalName: "vault.vault.svc.cluster.local" }),
			),
			post(core("alice", "services"), service({ externalIPs: ["10.0.20.200"] })),
			post(core("alice", "services"), service({ selector: { app: "web" }, clusterIP: "10.96.0.10" })),
		],
		"makes a Service inside the cluster, with any other address or none",
		[
			post(core("alice", "services"), service({ selector: { app: "web" } })),
			post(core("alice", "services"), service({ selector: { app: "web" }, clusterIP: "10.96.7.77" })),
			post(core("alice", "services"), service({ selector: { app: "web" }, clusterIP: "None" })),
		],
	),
	kube(
		"S12",
		"leads a Service to pods of others by endpoints of the own making",
		[
			post(
				core("alice", "endpoints"),
				named("web", { subsets: [{ addresses: [{ ip: "10.244.0.9" }], ports: [{ port: 8200 }] }] }),
			),
			post("/apis/discovery.k8s.io/v1/namespaces/alice/endpointslices", {
				metadata: { name: "web", labels: { "kubernetes.io/service-name": "web" } },
				addressType: "IPv4",
				endpoints: [{ addresses: ["10.244.0.9"] }],
			}),
			["PATCH", core("alice", "pods/runs/status"), { status: { podIP: "10.244.0.9" } }],
			[
				"PATCH",
				core("alice", "services/web/status"),
				{ status: { loadBalancer: { ingress: [{ ip: "10.0.20.200" }] } } },
			],
		],
		"lets a Service choose pods of the own",
		[post(core("alice", "services"), service({ selector: { app: "web" } }))],
	),
	kube(
		"S21",
		"makes volumes of nodes' files, of others' disks or of the NFS server, or releases those of others",
		[
			{ hostPath: { path: "/" } },
			{ nfs: { server: "10.0.0.1", path: "/srv/nfs" } },
			{ csi: { driver: "csi.proxmox.sinextra.dev", volumeHandle: "vm-1-disk-0" } },
		]
			.map((source) =>
				post(
					"/api/v1/persistentvolumes",
					named("mine", {
						spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source },
					}),
				),
			)
			.concat([["PATCH", "/api/v1/persistentvolumes/vault-backup-host", { spec: { claimRef: null } }]]),
		"claims a volume of a class",
		[post(core("alice", "persistentvolumeclaims"), claim({ storageClassName: "proxmox-lvm" }))],
	),
];

/** Somebody with rights of `admin` in a namespace, who wants what is another's. */
export const ownerWithKubectl: Attacker = {
	who: "an owner with kubectl",
	attacks: [...secrets, ...ownNamespace, ...pods, ...reach, ...grants, ...traffic],
};
