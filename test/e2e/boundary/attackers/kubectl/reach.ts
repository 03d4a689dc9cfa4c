import { expect } from "vitest";
import { waitFor } from "../../../harness/wait-for.ts";
import type { Attack, Call } from "../../attack.ts";
import { core, get, kube, named, post, tokenRequest } from "./requests.ts";

/** Makes objects until one is refused, and removes them. */
const filled: Attack = {
	row: "S28",
	tries: "fills the store of the API server with objects, each of which passes",
	on: "API server",
	refused: async (world) => {
		const leases = "/apis/coordination.k8s.io/v1/namespaces/alice/leases";
		const names = Array.from({ length: 101 }, (_, index) => `full-${index}`);
		const answers: number[] = [];
		for (const name of names)
			answers.push((await world.as("alice", "POST", leases, named(name, { spec: {} }))).status);
		for (const name of names) await world.as("alice", "DELETE", `${leases}/${name}`);
		expect(answers.slice(0, 50)).toEqual(answers.slice(0, 50).map(() => 201));
		expect(answers.at(-1)).toBe(403);
	},
	but: "makes some",
	passes: async (world) => {
		const leases = "/apis/coordination.k8s.io/v1/namespaces/alice/leases?dryRun=All";
		// A controller counts what is left.
		await waitFor(
			"there is room again",
			async () => (await world.as("alice", "POST", leases, named("mine", { spec: {} }))).status === 201,
			{ within: 60_000, every: 100 },
		);
	},
};

export const reach: readonly Attack[] = [
	filled,
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
