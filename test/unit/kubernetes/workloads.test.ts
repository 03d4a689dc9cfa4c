import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { tiers } from "../../../config/tiers.ts";
import { Claim } from "../../../constructs/kubernetes/claim.ts";
import { ConfigFiles } from "../../../constructs/kubernetes/config-files.ts";
import type { ContainerProps } from "../../../constructs/kubernetes/container.ts";
import { DisruptionBudget } from "../../../constructs/kubernetes/disruption-budget.ts";
import { IngressPolicy } from "../../../constructs/kubernetes/ingress-policy.ts";
import { TieredNamespace } from "../../../constructs/kubernetes/namespace.ts";
import { ScheduledTask } from "../../../constructs/kubernetes/scheduled-task.ts";
import { Service } from "../../../constructs/kubernetes/service.ts";
import { StatefulWorkload } from "../../../constructs/kubernetes/stateful-workload.ts";
import { Workload } from "../../../constructs/kubernetes/workload.ts";
import type { InfraStack } from "../../../stacks/infra-stack.ts";
import { fromLiteral } from "../../../world/literal.ts";
import type { Json } from "../../../world/world.ts";
import { at, only, synthesise } from "../../synth.ts";

const MiB = 1024 ** 2;
const user = { uid: 1000, gid: 1000 };
const container: ContainerProps = {
	name: "app",
	image: "registry.example.org/app:1.2.3",
	cpu: "10m",
	memory: 64 * MiB,
	ports: { http: 8080 },
};

function namespaceIn(stack: InfraStack) {
	return new TieredNamespace(stack, "namespace", { name: "app", tier: tiers.aux });
}

function workloadIn(stack: InfraStack, containers = [container], replicas = 2) {
	return new Workload(stack, "app", {
		namespace: namespaceIn(stack),
		name: "app",
		replicas,
		user,
		containers,
	});
}

describe("a workload", () => {
	test("reserves all the memory it may use and has no CPU limit", async () => {
		const document = await synthesise((stack) => workloadIn(stack));
		expect(
			at(only(document, "kubernetes_deployment_v1"), "spec.template.spec.container.0.resources"),
		).toEqual({
			requests: { cpu: "10m", memory: "64Mi" },
			limits: { memory: "64Mi" },
		});
	});

	test("carries the tier of its namespace", async () => {
		const document = await synthesise((stack) => workloadIn(stack));
		expect(at(only(document, "kubernetes_deployment_v1"), "metadata.labels.tier")).toBe("4-aux");
	});

	test("is rolled by the checksum of the file that it mounts", async () => {
		const document = await synthesise((stack) => {
			const namespace = namespaceIn(stack);
			const files = new ConfigFiles(stack, "files", {
				namespace,
				name: "app-config",
				files: { "app.conf": "a = 1\n" },
			});
			new Workload(stack, "app", {
				namespace,
				name: "app",
				replicas: 1,
				user,
				containers: [{ ...container, mounts: [{ path: "/etc/app", volume: files }] }],
			});
		});
		expect(
			at(only(document, "kubernetes_deployment_v1"), "spec.template.metadata.annotations.checksum/config"),
		).toBe(createHash("sha256").update("a = 1\n").digest("hex"));
	});

	test("mounts one volume once, however many containers share it", async () => {
		const document = await synthesise((stack) => {
			const namespace = namespaceIn(stack);
			const volume = new Claim(stack, "data", {
				namespace,
				name: "app",
				holds: "database",
				size: MiB,
				growTo: MiB,
			});
			const mounts = [{ path: "/data", volume }];
			const containers = [
				{ ...container, mounts },
				{ ...container, name: "sidecar", mounts },
			];
			new Workload(stack, "app", {
				namespace,
				name: "app",
				replicas: 1,
				strategy: "Recreate",
				user,
				containers,
			});
		});
		expect(at(only(document, "kubernetes_deployment_v1"), "spec.template.spec.volume")).toHaveLength(1);
	});
});

describe("a configuration file", () => {
	test("reaches the cluster as it was written, template markers included", async () => {
		const text = 'echo "${0%/*}" "%{http_code}" "$$" "$${x}"\n';
		const document = await synthesise((stack) => {
			new ConfigFiles(stack, "files", {
				namespace: namespaceIn(stack),
				name: "scripts",
				files: { "a.sh": text },
			});
		});
		const written = String(at(only(document, "kubernetes_config_map_v1"), "data")?.["a.sh" as never]);
		expect(written).toBe('echo "$${0%/*}" "%%{http_code}" "$$" "$$${x}"\n');
		expect(fromLiteral(written)).toBe(text);
	});
});

describe("a stateful workload", () => {
	test("claims an encrypted volume per pod, starts in parallel and cannot be destroyed", async () => {
		const document = await synthesise((stack) => {
			new StatefulWorkload(stack, "db", {
				namespace: namespaceIn(stack),
				name: "db",
				replicas: 3,
				serviceName: "db-headless",
				volume: { volumeName: "db-data", holds: "database", size: 1024 * MiB, growTo: 4096 * MiB },
				user,
				containers: [container],
			});
		});
		const set = only(document, "kubernetes_stateful_set_v1");
		expect(at(set, "spec.volume_claim_template.spec.storage_class_name")).toBe("proxmox-lvm-encrypted");
		expect(at(set, "spec.volume_claim_template.metadata.name")).toBe("db-data");
		const growth = {
			"resize.topolvm.io/threshold": "20%",
			"resize.topolvm.io/increase": "50%",
			"resize.topolvm.io/storage_limit": "4Gi",
		};
		expect(at(set, "spec.volume_claim_template.metadata.annotations")).toEqual(growth);
		expect(at(set, "spec.pod_management_policy")).toBe("Parallel");
		expect(at(set, "lifecycle.prevent_destroy")).toBe(true);
		expect(at(set, "lifecycle.ignore_changes")).toContain(
			"spec[0].volume_claim_template[0].metadata[0].annotations",
		);
		const patched = document.resources.filter(({ type }) => type === "kubernetes_annotations");
		expect(patched.map((claim) => at(claim, "metadata.name"))).toEqual([
			"db-data-db-0",
			"db-data-db-1",
			"db-data-db-2",
		]);
		for (const claim of patched) expect(at(claim, "annotations")).toEqual(growth);
	});
});

describe("a service", () => {
	test("offers the pods' ports under their names and selects nothing else", async () => {
		const document = await synthesise((stack) => {
			new Service(stack, "service", { pods: workloadIn(stack), name: "app" });
		});
		expect(at(only(document, "kubernetes_service_v1"), "spec")).toEqual({
			selector: { app: "app" },
			port: [{ name: "http", port: 8080, target_port: "http" }],
		});
	});

	test("refuses a port that its pods do not have", async () => {
		await expect(
			synthesise((stack) => {
				new Service(stack, "service", { pods: workloadIn(stack), name: "app", ports: ["metrics"] });
			}),
		).rejects.toThrow('Service app offers port "metrics"; its pods have http');
	});
});

describe("a disruption budget", () => {
	test.for([0, 2, 3])("of %d for two replicas is refused", async (minAvailable) => {
		await expect(
			synthesise((stack) => {
				new DisruptionBudget(stack, "budget", { pods: workloadIn(stack), minAvailable });
			}),
		).rejects.toThrow(`minAvailable is ${minAvailable}, expected 1 to 1`);
	});
});

describe("an ingress policy", () => {
	test("names each namespace once and nobody when the list is empty", async () => {
		const document = await synthesise((stack) => {
			new IngressPolicy(stack, "policy", {
				pods: workloadIn(stack),
				allow: [
					{ namespaces: ["b", "a", "b"], ports: ["http"] },
					{ namespaces: [], ports: ["http"] },
				],
			});
		});
		const ingress = at(only(document, "kubernetes_network_policy_v1"), "spec.ingress") as Json[];
		expect(ingress).toHaveLength(1);
		expect(JSON.stringify(ingress)).toContain('"values":["a","b"]');
	});
});

describe("a scheduled task", () => {
	test("never overlaps itself and leaves its failures to be seen", async () => {
		const document = await synthesise((stack) => {
			const namespace = namespaceIn(stack);
			new ScheduledTask(stack, "task", {
				namespace,
				name: "tidy",
				schedule: "0 3 * * 0",
				user,
				containers: [container],
			});
		});
		const task = only(document, "kubernetes_cron_job_v1");
		expect(at(task, "spec.concurrency_policy")).toBe("Forbid");
		expect(at(task, "spec.job_template.spec.ttl_seconds_after_finished")).toBeUndefined();
		expect(at(task, "spec.job_template.spec.template.spec.restart_policy")).toBe("Never");
	});
});
