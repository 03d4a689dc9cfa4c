import { describe, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { alice, bob, pod } from "./people.ts";
import { created, outcome, refused, tenantWorld } from "./tenant-world.ts";

const applied = tenantWorld("placement");

const pods = "/api/v1/namespaces/alice/pods";
const asAlice = (method: string, path: string, body?: object, type?: string) =>
	outcome(
		applied.world.plane.ask(method, path, body, undefined, {
			"impersonate-user": `oidc:${alice.email}`,
			...(type === undefined ? {} : { "content-type": type }),
		}),
	);
const placement = refused("ValidatingAdmissionPolicy 'tenant-placement'");

/** A pod that would run where, or as, only the platform's do. */
const misplaced: readonly (readonly [what: string, spec: object])[] = [
	["on a node of its choice", { nodeName: "control-plane" }],
	["by another scheduler", { schedulerName: "mine" }],
	["in the runtime of a GPU", { runtimeClassName: "nvidia" }],
	["despite every taint", { tolerations: [{ operator: "Exists" }] }],
	[
		"on the control plane",
		{
			tolerations: [
				{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
			],
		},
	],
	["beside the GPU", { tolerations: [{ key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" }] }],
	[
		"on a node that is being set up",
		{ tolerations: [{ key: "node.cloudprovider.kubernetes.io/uninitialized", operator: "Exists" }] },
	],
];

describe("a pod of a tenant", () => {
	test.for(misplaced)("%s is refused, however it is sent", async ([, spec]) => {
		if ("runtimeClassName" in spec)
			await applied.world.plane.ask("POST", "/apis/node.k8s.io/v1/runtimeclasses", {
				metadata: { name: "nvidia" },
				handler: "nvidia",
			});
		const body = { apiVersion: "v1", kind: "Pod", ...pod("bad", spec) };
		expect(await asAlice("POST", pods, body)).toEqual(placement);
		expect(await asAlice("POST", `${pods}?dryRun=All`, body)).toEqual(placement);
		expect(await asAlice("POST", pods, { ...body, metadata: { generateName: "bad-" } })).toEqual(placement);
		const apply = `${pods}/bad?fieldManager=me&force=true`;
		expect(await asAlice("PATCH", apply, body, "application/apply-patch+yaml")).toEqual(placement);
	});

	test.for(misplaced)("%s comes out of no workload either", async ([, spec]) => {
		const apps = "/apis/apps/v1/namespaces/alice";
		const template = { metadata: { labels: { app: "bad" } }, spec: pod("unused", spec).spec };
		const selector = { matchLabels: { app: "bad" } };
		const jobTemplate = { spec: { ...template.spec, restartPolicy: "Never" } };
		const workloads = [
			[`${apps}/deployments`, { selector, template }],
			[`${apps}/replicasets`, { selector, template }],
			[`${apps}/statefulsets`, { selector, template, serviceName: "bad" }],
			[`${apps}/daemonsets`, { selector, template }],
			["/api/v1/namespaces/alice/replicationcontrollers", { selector: selector.matchLabels, template }],
			["/apis/batch/v1/namespaces/alice/jobs", { template: jobTemplate }],
		] as const;
		for (const [path, body] of workloads)
			expect(await asAlice("POST", path, { metadata: { name: "bad" }, spec: body })).toEqual(created);
		const { plane } = applied.world;
		const refusals = async () => {
			const { body } = await plane.ask("GET", "/api/v1/namespaces/alice/events?limit=500");
			const kinds = body.items
				.filter(
					({ message, involvedObject }: { message: string; involvedObject: { name: string } }) =>
						message.includes("tenant-placement") && /^bad/.test(involvedObject.name),
				)
				.map(({ involvedObject }: { involvedObject: { kind: string } }) => involvedObject.kind);
			return [...new Set<string>(kinds)].sort();
		};
		await waitFor(
			"every controller was refused",
			async () =>
				JSON.stringify(await refusals()) ===
				JSON.stringify(["Job", "ReplicaSet", "ReplicationController", "StatefulSet"]),
			{ within: 60_000, every: 200 },
		);
		const made = (await plane.ask("GET", `${pods}?labelSelector=app%3Dbad`)).body.items;
		expect(made).toEqual([]);
		for (const [path] of workloads) await plane.ask("DELETE", `${path}/bad?propagationPolicy=Background`);
		await plane.ask("DELETE", "/api/v1/namespaces/alice/events");
	});

	test("is moved by no later change", async () => {
		expect(await asAlice("POST", pods, pod("moved"))).toEqual(created);
		const { body } = await applied.world.plane.ask("GET", `${pods}/moved`);
		const everything = [...body.spec.tolerations, { operator: "Exists" }];
		expect(await asAlice("PATCH", `${pods}/moved`, { spec: { tolerations: everything } })).toEqual(placement);
		expect(
			await asAlice(
				"PATCH",
				`${pods}/moved`,
				[{ op: "add", path: "/spec/tolerations/-", value: { key: "nvidia.com/gpu", operator: "Exists" } }],
				"application/json-patch+json",
			),
		).toEqual(placement);
		const binding = { metadata: { name: "moved" }, target: { kind: "Node", name: "control-plane" } };
		expect((await asAlice("POST", `${pods}/moved/binding`, binding))[0]).toBe(403);
	});

	test("is admitted with what the API server itself lets it tolerate, and with empty fields", async () => {
		const tolerations = ["not-ready", "unreachable"].map((condition) => ({
			key: `node.kubernetes.io/${condition}`,
			operator: "Exists",
			effect: "NoExecute",
			tolerationSeconds: 30,
		}));
		expect(await asAlice("POST", pods, pod("tolerant", { tolerations }))).toEqual(created);
		const empty = { nodeName: "", schedulerName: "default-scheduler", tolerations: [], nodeSelector: {} };
		expect(await asAlice("POST", pods, pod("empty", empty))).toEqual(created);
	});

	test.for([
		["ports of the node", { ports: [{ containerPort: 80, hostPort: 80 }] }],
		["capabilities", { securityContext: { capabilities: { add: ["SYS_ADMIN"] } } }],
	] as const)("takes no %s, in an ephemeral container neither", async ([, container]) => {
		const { plane } = applied.world;
		const path = "/api/v1/namespaces/bob/pods";
		const asBob = (method: string, to: string, body: object) =>
			outcome(applied.world.as(bob.email, method, to, body));
		const refusal = refused('violates PodSecurity "baseline:latest"');
		expect(await asBob("POST", path, pod("bad", {}, container))).toEqual(refusal);
		await plane.ask("POST", path, pod("plain"));
		// The role `admin` does not debug pods; an add-on may aggregate that into it.
		const debug = { apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["patch", "update"] };
		const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/bob";
		await plane.ask("POST", `${roles}/roles`, { metadata: { name: "debug" }, rules: [debug] });
		await plane.ask("POST", `${roles}/rolebindings`, {
			metadata: { name: "debug" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "debug" },
			subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: `oidc:${bob.email}` }],
		});
		const right = { verb: "patch", resource: "pods", subresource: "ephemeralcontainers", namespace: "bob" };
		await waitFor("bob may debug", () => applied.world.may(bob.email, right), { within: 60_000 });
		const ephemeralContainers = [{ name: "debug", image: "docker.io/library/busybox:1.37", ...container }];
		const [status, message] = await asBob("PATCH", `${path}/plain/ephemeralcontainers`, {
			spec: { ephemeralContainers },
		});
		expect(status).toBeOneOf([403, 422]);
		expect(message).toMatch(/PodSecurity|hostPort|ports: Forbidden|cannot be set for an Ephemeral/i);
	});
});

describe("what others wait for", () => {
	const configMaps = "/api/v1/namespaces/alice/configmaps";
	const deletions = refused("ValidatingAdmissionPolicy 'tenant-deletions'");
	const finalizers = ["example.org/never"];
	const ownerReferences = [
		{ apiVersion: "v1", kind: "Namespace", name: "alice", uid: "8a7d", blockOwnerDeletion: true },
	];

	test.for<[what: string, more: object]>([
		["a finalizer", { finalizers }],
		["an owner of the cluster", { ownerReferences }],
	])("is not held up by %s", async ([, more]) => {
		const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", ...more } };
		expect(await asAlice("POST", configMaps, body)).toEqual(deletions);
		const apply = `${configMaps}/held?fieldManager=me`;
		expect(await asAlice("PATCH", apply, body, "application/apply-patch+yaml")).toEqual(deletions);
		expect(await asAlice("POST", configMaps, { metadata: { name: "held" } })).toEqual(created);
		expect(await asAlice("PATCH", `${configMaps}/held`, { metadata: more })).toEqual(deletions);
		expect(await asAlice("PUT", `${configMaps}/held`, body)).toEqual(deletions);
		expect((await asAlice("DELETE", `${configMaps}/held`))[0]).toBe(200);
	});

	test("is owned by workloads, keeps what a controller added, and deletes in the foreground", async () => {
		const deployments = "/apis/apps/v1/namespaces/alice/deployments";
		const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "8a7d" };
		const owned = { metadata: { name: "owned", ownerReferences: [owner] } };
		expect(await asAlice("POST", `${configMaps}?dryRun=All`, owned)).toEqual(created);
		const { plane } = applied.world;
		await plane.ask("POST", configMaps, { metadata: { name: "controlled", finalizers } });
		expect((await asAlice("PATCH", `${configMaps}/controlled`, { data: { a: "b" } }))[0]).toBe(200);
		expect((await asAlice("PATCH", `${configMaps}/controlled`, { metadata: { finalizers: [] } }))[0]).toBe(
			200,
		);
		const claim = {
			metadata: { name: "claim" },
			spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
		};
		const claims = "/api/v1/namespaces/alice/persistentvolumeclaims";
		expect(await asAlice("POST", claims, claim)).toEqual(created);
		const { spec } = pod("unused");
		const template = { metadata: { labels: { app: "web" } }, spec };
		const deployment = {
			metadata: { name: "web" },
			spec: { selector: { matchLabels: { app: "web" } }, template },
		};
		expect(await asAlice("POST", deployments, deployment)).toEqual(created);
		expect((await asAlice("DELETE", `${deployments}/web?propagationPolicy=Foreground`))[0]).toBe(200);
	});
});

describe("what controllers report", () => {
	const account = "system:serviceaccount:alice:default";
	const status = { status: { podIP: "192.0.2.1", podIPs: [{ ip: "192.0.2.1" }] } };

	test("is not the tenant's to write, even with the right to it", async () => {
		const { plane } = applied.world;
		expect(await asAlice("POST", pods, pod("reported"))).toEqual(created);
		const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice";
		const rules = [{ apiGroups: [""], resources: ["pods/status"], verbs: ["patch"] }];
		await plane.ask("POST", `${rbac}/roles`, { metadata: { name: "report" }, rules });
		await plane.ask("POST", `${rbac}/rolebindings`, {
			metadata: { name: "report" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "report" },
			subjects: [
				{ kind: "ServiceAccount", name: "default", namespace: "alice" },
				{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" },
			],
		});
		const asNode = { "impersonate-user": "system:node:n", "impersonate-group": "system:nodes" };
		const report = () => plane.ask("PATCH", `${pods}/reported/status`, status, undefined, asNode);
		await waitFor("a node reports", async () => (await report()).status === 200, { within: 60_000 });
		expect(await outcome(plane.askAs(account, "PATCH", `${pods}/reported/status`, status))).toEqual(
			refused("of the subresources, tenants write attach,"),
		);
	});

	test("does not stand in the way of scaling, tokens and evictions", async () => {
		const { spec } = pod("unused");
		const template = { metadata: { labels: { app: "it" } }, spec };
		const deployments = "/apis/apps/v1/namespaces/alice/deployments";
		await asAlice("POST", deployments, {
			metadata: { name: "it" },
			spec: { replicas: 0, selector: { matchLabels: { app: "it" } }, template },
		});
		expect((await asAlice("PATCH", `${deployments}/it/scale`, { spec: { replicas: 1 } }))[0]).toBe(200);
		const token = "/api/v1/namespaces/alice/serviceaccounts/default/token";
		expect(await asAlice("POST", token, { spec: { expirationSeconds: 600 } })).toEqual(created);
		expect(await asAlice("POST", pods, pod("evicted"))).toEqual(created);
		const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "evicted" } };
		expect((await asAlice("POST", `${pods}/evicted/eviction`, eviction))[0]).toBe(201);
	});
});
