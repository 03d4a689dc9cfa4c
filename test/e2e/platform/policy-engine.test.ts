import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kyverno } from "../../../lab/products/kyverno.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { namespaceCases } from "./kyverno-namespaces.ts";
import { podCases } from "./kyverno-pods.ts";
import { container, KyvernoWorld, noQuota, soon, tenant } from "./kyverno-world.ts";

/** Every policy of the stack on the real Kyverno: an object that it must change or refuse, and a neighbour that passes. */
const ready = needsPrograms(
	...controlPlanePrograms,
	...kyverno.programs.flatMap(({ names }) => names),
	...kyverno.commands,
);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-kyverno-`));
let world: KyvernoWorld;

beforeAll(async () => {
	if (!ready) return;
	world = await KyvernoWorld.start(folder);
	await Promise.all([
		world.namespace("work", { tier: "4-aux", ...noQuota }),
		world.namespace("core", { tier: "0-core", ...noQuota }),
		world.namespace("bare"),
		world.namespace("tenant", tenant),
		world.namespace("metallb-system", { tier: "1-cluster", ...noQuota }),
	]);
	await waitFor(
		"limits are there",
		async () => (await world.specOf("work", "limitranges/limits-of-tier")) !== undefined,
		soon,
	);
}, 300_000);
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});

podCases(() => world);
namespaceCases(() => world);

describe.concurrent("guards", () => {
	const with_ = (securityContext: object) => container({ securityContext });
	const adds = (...add: string[]) => with_({ capabilities: { add } });
	const bad = [
		["containers must not be privileged", { containers: [with_({ privileged: true })] }],
		[
			"containers must not be privileged",
			{ initContainers: [{ ...with_({ privileged: true }), name: "first" }] },
		],
		["namespaces of their node", { hostNetwork: true }],
		["namespaces of their node", { hostPID: true }],
		["namespaces of their node", { hostIPC: true }],
		["SYS_ADMIN", { containers: [adds("SYS_ADMIN")] }],
		["SYS_ADMIN", { containers: [adds("NET_ADMIN", "SYS_ADMIN")] }],
		["SYS_ADMIN", { containers: [adds("ALL")] }],
		["SYS_ADMIN", { containers: [adds("all")] }],
		["SYS_ADMIN", { containers: [adds("sys_admin")] }],
		["SYS_ADMIN", { containers: [adds("CAP_SYS_ADMIN")] }],
		["SYS_ADMIN", { containers: [container(), { ...adds("ALL"), name: "second" }] }],
	] as const;

	test.for(bad)("refuse a tenant, saying %s: %j", async ([message, spec]) => {
		const { status, body } = await world.pod("tenant", spec);
		expect([status, body.message]).toEqual([400, expect.stringContaining(message)]);
	});

	test.for(bad)("report elsewhere only: %s, %j", async ([, spec]) => {
		expect((await world.pod("work", spec)).status).toBe(201);
	});

	test.for([
		{ containers: [with_({ privileged: false })] },
		{ hostNetwork: false },
		{ containers: [adds("NET_ADMIN")] },
		{ containers: [with_({ capabilities: { drop: ["ALL"] } })] },
	])("let a tenant's pod pass: %j", async (spec) => {
		expect((await world.pod("tenant", spec)).status).toBe(201);
	});

	test("refuse a container that a tenant adds to a running pod", async () => {
		const pods = "/api/v1/namespaces/tenant/pods";
		await world.must("POST", pods, { metadata: { name: "running" }, spec: { containers: [container()] } });
		const add = (securityContext: object) =>
			world.plane.ask("PATCH", `${pods}/running/ephemeralcontainers`, {
				spec: { ephemeralContainers: [{ ...with_(securityContext), name: "debug" }] },
			});
		for (const context of [{ privileged: true }, { capabilities: { add: ["ALL"] } }])
			expect((await add(context)).status).toBe(400);
		expect((await add({})).status).toBe(200);
	});
});

describe.concurrent("workloads", () => {
	const deployment = (labels: object, spec: object = {}) => ({
		metadata: { name: "one", labels },
		spec: {
			selector: { matchLabels: { app: "one" } },
			template: { metadata: { labels: { app: "one" } }, spec: { containers: [container()], ...spec } },
		},
	});
	const path = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`;

	test.for([
		["work", {}, "4-aux"],
		["work", { tier: "0-core" }, "0-core"],
		["bare", {}, undefined],
		["metallb-system", {}, undefined],
	] as const)("in %s with the labels %j have the tier %s", async ([namespace, labels, tier]) => {
		const { metadata } = await world.must("POST", path(namespace), deployment(labels));
		expect(metadata.labels?.tier).toBe(tier);
	});

	test("of a tenant are refused before their pods are", async () => {
		const { status, body } = await world.plane.ask("POST", path("tenant"), deployment({}, { hostPID: true }));
		expect([status, body.message]).toEqual([400, expect.stringContaining("namespaces of their node")]);
	});
});

test.concurrent("pods that have failed are removed, others stay", async () => {
	const pods = "/api/v1/namespaces/work/pods";
	for (const [name, phase] of [
		["failed", "Failed"],
		["done", "Succeeded"],
		["busy", "Running"],
	] as const) {
		await world.must("POST", pods, { metadata: { name }, spec: { containers: [container()] } });
		await world.must("PATCH", `${pods}/${name}/status`, { status: { phase } });
	}
	const there = async () =>
		(await world.must("GET", pods)).items
			.filter(({ metadata }: { metadata: { deletionTimestamp?: string } }) => !metadata.deletionTimestamp)
			.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
	// The policy's minute comes within one, and then the controller has its work.
	await waitFor("the failed one is gone", async () => !(await there()).includes("failed"), {
		within: 180_000,
		every: 500,
	});
	expect(await there()).toEqual(expect.arrayContaining(["busy", "done"]));
}, 240_000);

test.concurrent("images of others are reported, and those of the site are not", async () => {
	const images = {
		short: "nginx:1.29.0",
		user: "grafana/grafana:12.0.0",
		own: "registry.lab.example.org/app:1",
		port: "registry.lab.example.org:5050/app:1",
		ghcr: "ghcr.io/a/b:1",
		stranger: "registry.example.net/a:1",
		disguised: "docker.io.example.net/a:1",
	};
	for (const [name, image] of Object.entries(images))
		await world.must("POST", "/api/v1/namespaces/bare/pods", {
			metadata: { name },
			spec: { containers: [container({ image })] },
		});
	const reports = "/apis/reports.kyverno.io/v1/namespaces/bare/ephemeralreports";
	const found = async (): Promise<Record<string, string>> =>
		Object.fromEntries(
			(await world.must("GET", reports)).items.flatMap(({ metadata, spec }: EphemeralReport) =>
				spec.results
					.filter(({ policy }) => policy === "require-trusted-registries")
					.map(({ result }) => [metadata.annotations["audit.kyverno.io/resource.name"], result]),
			),
		);
	await waitFor("all are judged", async () => Object.keys(await found()).length >= 7, soon);
	expect(await found()).toEqual({
		short: "pass",
		user: "pass",
		own: "pass",
		port: "pass",
		ghcr: "pass",
		stranger: "fail",
		disguised: "fail",
	});
});

interface EphemeralReport {
	readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
	readonly spec: {
		readonly results: readonly { readonly policy: string; readonly result: string }[];
	};
}

test("without Kyverno pods pass as they are, and it makes up for namespaces when it is back", async () => {
	await world.kyverno.stop();
	const begin = performance.now();
	const pod = await world.changed("bare", {});
	// It is refused at once, and nobody waits the ten seconds that a webhook has for its answer.
	expect([pod.dnsConfig, performance.now() - begin < 10_000]).toEqual([undefined, true]);
	// What it promises to no one: a boundary of tenants is one of the API server.
	expect((await world.pod("tenant", { hostPID: true })).status).toBe(201);
	const policy = {
		apiVersion: "kyverno.io/v1",
		kind: "ClusterPolicy",
		metadata: { name: "late" },
		spec: { rules: [] },
	};
	const { body } = await world.plane.ask("POST", "/apis/kyverno.io/v1/clusterpolicies", policy);
	expect(body.message).toContain("failed calling webhook");
	await world.namespace("late", { tier: "3-edge" });
	await world.kyverno.start();
	await world.have("late", "30", "8Gi");
	await waitFor(
		"pods are changed",
		async () => (await world.changed("bare", {})).dnsConfig !== undefined,
		soon,
	);
}, 300_000);
