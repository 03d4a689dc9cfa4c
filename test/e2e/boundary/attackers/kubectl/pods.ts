import { pod } from "../../../platform/people.ts";
import type { Attack, Call } from "../../attack.ts";
import { core, dry, kube, post, tokenRequest } from "./requests.ts";

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

export const pods: readonly Attack[] = [
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
		"S8",
		"names a priority class that nobody has made, in a pod or beside a number",
		[
			post(core("alice", "pods"), pod("p", { priorityClassName: "tier-5-mine" })),
			post(core("alice", "pods"), pod("p", { priorityClassName: "system-mine-critical" })),
			post(core("alice", "pods"), pod("p", { priorityClassName: "tier-4-aux", priority: 2_000_000_000 })),
		],
		"names the class of the own tier",
		[post(core("alice", "pods"), pod("p", { priorityClassName: "tier-4-aux" }))],
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
