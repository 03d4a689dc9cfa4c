import { describe, expect, test } from "vitest";
import { container, type KyvernoWorld } from "./kyverno-world.ts";

const wait = "dependency.kyverno.io/wait-for";

/** What policies change of a pod, and of its neighbour that they leave alone. */
export function podCases(of: () => KyvernoWorld): void {
	describe.concurrent("priorities", () => {
		test.for([
			["work", {}, "tier-4-aux", 200_000],
			["core", {}, "tier-0-core", 1_000_000],
			["work", { priorityClassName: "tier-0-core" }, "tier-0-core", 1_000_000],
			["bare", {}, undefined, 0],
		] as const)("of a pod in %s with %o are %s", async ([namespace, spec, name, value]) => {
			const { priorityClassName, priority } = await of().changed(namespace, spec);
			expect([priorityClassName, priority]).toEqual([name, value]);
		});

		const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
		test.for([
			["work", { containers: [container(gpu)] }, "gpu-workload"],
			["work", { initContainers: [container({ name: "first", ...gpu })] }, "gpu-workload"],
			["bare", { containers: [container(gpu)] }, "gpu-workload"],
			["work", { initContainers: [container({ name: "first" })] }, "tier-4-aux"],
			["tenant", { containers: [container(gpu)] }, "tier-4-aux"],
		] as const)("of a pod with a GPU in %s, %o: %s", async ([namespace, spec, name]) => {
			expect((await of().changed(namespace, spec)).priorityClassName).toBe(name);
		});
	});

	describe.concurrent("names", () => {
		const ndots = { name: "ndots", value: "2" };
		test.for([
			[undefined, [ndots]],
			[[], [ndots]],
			[[{ name: "timeout", value: "3" }], [{ name: "timeout", value: "3" }, ndots]],
			[
				[{ name: "edns0" }, { name: "use-vc" }],
				[{ name: "edns0" }, { name: "use-vc" }, ndots],
			],
			[[{ name: "ndots", value: "5" }], [{ name: "ndots", value: "5" }]],
			[
				[{ name: "edns0" }, { name: "ndots", value: "5" }],
				[{ name: "edns0" }, { name: "ndots", value: "5" }],
			],
		])("with the options %j are asked by %j", async ([options, expected]) => {
			const dnsConfig = options === undefined ? {} : { dnsConfig: { options } };
			expect((await of().changed("work", dnsConfig)).dnsConfig).toEqual({ options: expected });
		});

		test("keep the servers that a pod has", async () => {
			const dnsConfig = { nameservers: ["192.0.2.1"] };
			expect((await of().changed("work", { dnsConfig })).dnsConfig).toEqual({
				...dnsConfig,
				options: [ndots],
			});
		});

		test("are left to the cluster's own namespaces", async () => {
			expect((await of().changed("metallb-system", {})).dnsConfig).toBeUndefined();
		});
	});

	describe.concurrent("CPU", () => {
		const memory = { memory: "64Mi" };
		test.for([
			// What the API server makes of a limit alone.
			[{ limits: { cpu: "1", ...memory } }, { limits: memory, requests: { cpu: "50m", ...memory } }],
			[
				{ limits: { cpu: "1", ...memory }, requests: { cpu: "200m" } },
				{ limits: memory, requests: { cpu: "200m", ...memory } },
			],
			[
				{ limits: memory, requests: { cpu: "200m" } },
				{ limits: memory, requests: { cpu: "200m", ...memory } },
			],
		])("of a container with %j is %j", async ([resources, expected]) => {
			const second = container({ name: "second", resources });
			const spec = { containers: [container(), second], initContainers: [{ ...second, name: "first" }] };
			const changed = await of().changed("work", spec);
			expect([changed.containers[1].resources, changed.initContainers[0].resources]).toEqual([
				expected,
				expected,
			]);
		});
	});

	describe.concurrent("images", () => {
		test.for([
			["ghcr.io/a/b:1", "IfNotPresent"],
			["localhost:5000/b", "Always"],
			["ghcr.io/a/b:latest", "Always"],
			["nginx", "Always"],
			[`ghcr.io/a/b@sha256:${"0".repeat(64)}`, "IfNotPresent"],
		] as const)("%s are pulled %s", async ([image, policy]) => {
			const one = container({ image, imagePullPolicy: policy === "Always" ? "IfNotPresent" : "Always" });
			const spec = { containers: [one], initContainers: [{ ...one, name: "first" }] };
			const changed = await of().changed("work", spec);
			expect([changed.containers[0].imagePullPolicy, changed.initContainers[0].imagePullPolicy]).toEqual([
				policy,
				policy,
			]);
		});
	});

	describe.concurrent("dependencies", () => {
		const waits = async (value: string) =>
			(await of().changed("work", {}, { [wait]: value })).initContainers.map(
				({ name, command }: { name: string; command: string[] }) => [name, ...command.slice(4)],
			);

		test.for([
			["redis.redis:6379", [["wait-for-0", "redis.redis", "6379"]]],
			[
				"redis.redis:6379, pg.dbaas:5432",
				[
					["wait-for-0", "redis.redis", "6379"],
					["wait-for-1", "pg.dbaas", "5432"],
				],
			],
			[
				"redis.redis:6379,redis.redis:26379",
				[
					["wait-for-0", "redis.redis", "6379"],
					["wait-for-1", "redis.redis", "26379"],
				],
			],
			[
				"prometheus-prometheus-pushgateway.monitoring.svc.cluster.local:9091",
				[["wait-for-0", "prometheus-prometheus-pushgateway.monitoring.svc.cluster.local", "9091"]],
			],
		] as const)("%s are waited for", async ([value, expected]) => {
			expect(await waits(value)).toEqual(expected);
		});

		test.for(["x:1; id > /tmp/x #", "redis", "redis:", ":6379", "redis:6379,", "$(id):1", "a b:1"])(
			"%s are refused with what would be right",
			async (value) => {
				const { status, body } = await of().pod("work", {}, { [wait]: value });
				expect([status, body.message]).toEqual([400, expect.stringContaining("expected host:port")]);
			},
		);

		test("are none of a pod without the annotation", async () => {
			expect((await of().changed("work", {})).initContainers).toBeUndefined();
		});
	});
}
