import { describe, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { addOnKinds } from "./add-ons.ts";
import { alice, pod } from "./people.ts";
import { created, outcome, refused, tenantWorld } from "./tenant-world.ts";

const applied = tenantWorld("kinds");

const asAlice = (method: string, path: string, body?: object) =>
	outcome(applied.world.as(alice.email, method, path, body));
const refusedKind = refused("ValidatingAdmissionPolicy 'tenant-kinds'");

/** Every kind of an add-on that lives in a namespace, as this cluster serves it. */
const kinds = addOnKinds
	.filter(({ scope }) => scope === "Namespaced")
	.map(({ group, version, kind, plural }) => ({
		kind,
		path: `/apis/${group}/${version}/namespaces/alice/${plural}`,
		object: { apiVersion: `${group}/${version}`, kind, metadata: { name: "mine" }, spec: {} },
	}));

describe("a tenant", () => {
	test.for(kinds.filter(({ kind }) => kind !== "ExternalSecret"))(
		"does not write a $kind, which an add-on lets every admin of a namespace write",
		async ({ path, object }) => {
			expect(await asAlice("POST", path, object)).toEqual(refusedKind);
			const { plane } = applied.world;
			expect(await outcome(plane.ask("POST", path, object))).toEqual(created);
			expect(await asAlice("PATCH", `${path}/mine`, { spec: { changed: true } })).toEqual(refusedKind);
			expect(await asAlice("DELETE", `${path}/mine`)).toEqual(refusedKind);
			// Not every chart grants it: then the role refuses.
			expect((await asAlice("DELETE", path))[0]).toBe(403);
			expect((await plane.ask("DELETE", `${path}/mine`)).status).toBe(200);
		},
	);

	test("does not reach an operator by kinds of the cluster", async () => {
		for (const { group, version, kind, plural, scope } of addOnKinds)
			if (scope === "Cluster")
				expect(
					(
						await asAlice("POST", `/apis/${group}/${version}/${plural}`, {
							apiVersion: `${group}/${version}`,
							kind,
							metadata: { name: "mine" },
						})
					)[0],
				).toBe(403);
	});

	test("does not claim devices or write what the role admin has of built-in kinds beside those of the list", async () => {
		const claims = "/apis/resource.k8s.io/v1/namespaces/alice/resourceclaims";
		expect(await asAlice("POST", claims, { metadata: { name: "gpu" }, spec: {} })).toEqual(refusedKind);
	});

	test("has no way around by an account of the namespace", async () => {
		const bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice/rolebindings";
		await asAlice("POST", bindings, {
			metadata: { name: "default-admin" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
			subjects: [{ kind: "ServiceAccount", name: "default", namespace: "alice" }],
		});
		const store = kinds.find(({ kind }) => kind === "SecretStore");
		if (store === undefined) throw new Error("there is no SecretStore");
		const { plane } = applied.world;
		const account = "system:serviceaccount:alice:default";
		const reads = async () =>
			(await plane.askAs(account, "GET", "/api/v1/namespaces/alice/configmaps")).status === 200;
		await waitFor("the binding is in force", reads, { within: 60_000, every: 100 });
		const asAccount = () => plane.askAs(account, "POST", store.path, store.object);
		expect(await outcome(asAccount())).toEqual(refusedKind);
	});
});

describe("work goes on:", () => {
	const built = [
		["/api/v1", "configmaps", { data: { a: "b" } }],
		["/api/v1", "secrets", { stringData: { a: "b" } }],
		["/api/v1", "serviceaccounts", {}],
		[
			"/api/v1",
			"persistentvolumeclaims",
			{ spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
		],
		[
			"/apis/policy/v1",
			"poddisruptionbudgets",
			{ spec: { maxUnavailable: 1, selector: { matchLabels: { app: "it" } } } },
		],
		["/apis/coordination.k8s.io/v1", "leases", { spec: {} }],
		["/apis/rbac.authorization.k8s.io/v1", "roles", { rules: [] }],
		[
			"/apis/autoscaling/v2",
			"horizontalpodautoscalers",
			{ spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "it", apiVersion: "apps/v1" } } },
		],
	] as const;

	test.for(built)("an owner writes %s %s", async ([api, resource, object]) => {
		const path = `${api}/namespaces/alice/${resource}`;
		expect(await asAlice("POST", path, { metadata: { name: "it" }, ...object })).toEqual(created);
		expect((await asAlice("PATCH", `${path}/it`, { metadata: { labels: { changed: "yes" } } }))[0]).toBe(200);
		expect((await asAlice("DELETE", `${path}/it`))[0]).toBe(200);
	});

	const template = { metadata: { labels: { app: "it" } }, spec: pod("unused").spec };
	const workload = { replicas: 1, selector: { matchLabels: { app: "it" } }, template };

	test.for([
		["deployments", workload],
		["statefulsets", { ...workload, serviceName: "it" }],
		["daemonsets", { selector: workload.selector, template }],
	] as const)("controllers act on %s of an owner", async ([resource, spec]) => {
		const path = `/apis/apps/v1/namespaces/alice/${resource}`;
		expect(await asAlice("POST", path, { metadata: { name: "it" }, spec })).toEqual(created);
		await waitFor(
			"the controller has seen it",
			async () => {
				const { body } = await applied.world.plane.ask("GET", `${path}/it`);
				return (
					body.status?.observedGeneration === 1 && (resource === "daemonsets" || body.status.replicas === 1)
				);
			},
			{ within: 60_000, every: 200 },
		);
		expect((await asAlice("DELETE", `${path}/it`))[0]).toBe(200);
	});

	test("jobs run, and Services have their slices of endpoints", async () => {
		const jobs = "/apis/batch/v1/namespaces/alice/jobs";
		const { spec } = template;
		const job = { template: { spec: { ...spec, restartPolicy: "Never" } } };
		expect(await asAlice("POST", jobs, { metadata: { name: "it" }, spec: job })).toEqual(created);
		const services = "/api/v1/namespaces/alice/services";
		const service = { metadata: { name: "it" }, spec: { selector: { app: "it" }, ports: [{ port: 80 }] } };
		expect(await asAlice("POST", services, service)).toEqual(created);
		const { plane } = applied.world;
		const slices = "/apis/discovery.k8s.io/v1/namespaces/alice/endpointslices";
		await waitFor(
			"the job has a pod and the Service a slice",
			async () =>
				(await plane.ask("GET", `${jobs}/it`)).body.status?.active === 1 &&
				(await plane.ask("GET", slices)).body.items.length > 0,
			{ within: 60_000, every: 200 },
		);
		expect((await asAlice("DELETE", `${jobs}/it?propagationPolicy=Background`))[0]).toBe(200);
	});

	test("events of controllers are kept", async () => {
		const { plane } = applied.world;
		await waitFor(
			"an event",
			async () => (await plane.ask("GET", "/api/v1/namespaces/alice/events")).body.items.length > 0,
			{ within: 60_000, every: 200 },
		);
	});

	test("an administrator writes every kind", async () => {
		const path = "/api/v1/namespaces/alice/endpoints";
		const endpoints = { metadata: { name: "by-hand" }, subsets: [] };
		expect(await outcome(applied.world.as("d@example.com", "POST", path, endpoints))).toEqual(created);
	});
});
