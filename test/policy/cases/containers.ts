import { type Block, object, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const deploymentOf = (container: Record<string, Block>) =>
	worldOf(stackOf({ kubernetes_deployment_v1: workload({ container }) }));
const container = "spec.template.spec.container[0]";

const podsOf = (...names: string[]) => ({
	metadata: { labels: { app: "web" } },
	spec: { containers: names.map((name) => ({ name, image: name })) },
});
const metadata = { name: "web", namespace: "shop" };

/** Manifests that bring pods, and the place of a container. */
const manifestsWithPods: Readonly<Record<string, [Block, string]>> = {
	"a Deployment": [
		{ apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { replicas: 2, template: podsOf("web") } },
		"spec.template.spec.container[0]",
	],
	"a CronJob": [
		{
			apiVersion: "batch/v1",
			kind: "CronJob",
			metadata,
			spec: { jobTemplate: { spec: { template: podsOf("web") } } },
		},
		"spec.job_template.spec.template.spec.container[0]",
	],
	"a ReplicaSet": [
		{ apiVersion: "apps/v1", kind: "ReplicaSet", metadata, spec: { template: podsOf("web") } },
		"spec.template.spec.container[0]",
	],
	"a PodTemplate": [
		{ apiVersion: "v1", kind: "PodTemplate", metadata, template: podsOf("web") },
		"template.spec.container[0]",
	],
	"a kind of others": [
		{
			apiVersion: "example.org/v1",
			kind: "Farm",
			metadata,
			spec: { replicas: 1, podTemplates: [{ name: "first", template: podsOf("web") }] },
		},
		"spec.pod_templates[0].template.spec.container[0]",
	],
};

export const imagePinned: RuleCases = {
	allow: {
		"a pattern of a policy": worldOf(
			stackOf({
				kubernetes_manifest: {
					manifest: {
						apiVersion: "kyverno.io/v1",
						kind: "ClusterPolicy",
						metadata: { name: "images" },
						spec: { rules: [{ validate: { pattern: podsOf("web") } }] },
					},
				},
			}),
		),
		"a fixed tag behind a registry with a port": deploymentOf({ image: "localhost:5000/web:1.2.3" }),
		"a digest without a tag": deploymentOf({ image: `web@sha256:${"0a".repeat(32)}` }),
		"an image that an expression decides": deploymentOf({ image: "${var.image}" }),
	},
	deny: {
		"no tag behind a registry with a port": denied(deploymentOf({ image: "localhost:5000/web" }), [
			`${container}.image`,
			"image localhost:5000/web of container main has no tag",
		]),
		"the tag latest": denied(deploymentOf({ image: "web:latest" }), [
			`${container}.image`,
			"has the tag latest",
		]),
		"an init container of a cron job without a tag": denied(
			worldOf(
				stackOf({
					kubernetes_cron_job_v1: object("backup", {
						job_template: {
							spec: { template: { spec: { init_container: { name: "wait", image: "busybox" } } } },
						},
					}),
				}),
			),
			["spec.job_template.spec.template.spec.init_container.image", "has no tag"],
		),
		...Object.fromEntries(
			Object.entries(manifestsWithPods).map(([name, [manifest, path]]) => [
				`${name} without a tag`,
				denied(worldOf(stackOf({ kubernetes_manifest: { manifest } })), [
					`manifest.${path}.image`,
					"has no tag",
				]),
			]),
		),
		"a bare pod without a tag": denied(
			worldOf(stackOf({ kubernetes_pod_v1: object("shell", { container: [{ name: "sh", image: "sh" }] }) })),
			["spec.container[0].image", "has no tag"],
		),
	},
};

export const memorySet: RuleCases = {
	allow: {
		"both values": deploymentOf({
			resources: { requests: { memory: "64Mi" }, limits: { memory: "64Mi" } },
		}),
		"resources that an expression decides": deploymentOf({ resources: "${var.resources}" }),
	},
	deny: {
		"no resources at all": denied(deploymentOf({}), [
			`${container}.resources`,
			"container main sets no memory in requests and limits",
		]),
		"a request without a limit": denied(
			deploymentOf({ resources: { requests: { memory: "64Mi" }, limits: { "nvidia.com/gpu": "1" } } }),
			[`${container}.resources`, "no memory in limits"],
		),
		"every kind that owns pods": denied(
			worldOf(
				stackOf(
					Object.fromEntries(
						["daemonset", "daemon_set_v1", "job", "replication_controller_v1", "stateful_set"].map((kind) => [
							`kubernetes_${kind}`,
							workload({}),
						]),
					),
				),
			),
			...Array<[string, string]>(5).fill([`${container}.resources`, "container main"]),
		),
	},
};

const tiered = (tier: string, request: string, limit: string, namespace = "shop") =>
	worldOf(
		stackOf({
			kubernetes_namespace_v1: { metadata: { name: "shop", labels: { tier } } },
			kubernetes_deployment_v1: workload({
				metadata: { namespace },
				container: { resources: { requests: { memory: request }, limits: { memory: limit } } },
			}),
		}),
	);

export const memoryGuaranteed: RuleCases = {
	allow: {
		"equal sizes in different units": tiered("1-cluster", "1Gi", "1024Mi"),
		"a burst in tier 3-edge": tiered("3-edge", "64Mi", "1Gi"),
		"a namespace of which no stack says the tier": tiered("0-core", "64Mi", "1Gi", "elsewhere"),
	},
	deny: {
		"a burst in tier 0-core": denied(tiered("0-core", "64Mi", "1Gi"), [
			`${container}.resources.limits.memory`,
			"container main in tier 0-core requests 64Mi of memory and may take 1Gi",
		]),
		"a namespace given by reference": denied(
			tiered("2-gpu", "1Gi", "2Gi", "${kubernetes_namespace_v1.it.metadata[0].name}"),
			[`${container}.resources.limits.memory`, "tier 2-gpu"],
		),
	},
};

export const noCpuLimit: RuleCases = {
	allow: {
		"a CPU request": deploymentOf({ resources: { requests: { cpu: "100m" }, limits: { memory: "64Mi" } } }),
		"a limit range with a default request": worldOf(
			stackOf({
				kubernetes_limit_range_v1: object("defaults", { limit: [{ default_request: { cpu: "50m" } }] }),
			}),
		),
	},
	deny: {
		"a CPU limit": denied(deploymentOf({ resources: { limits: { cpu: 2 } } }), [
			`${container}.resources.limits.cpu`,
			"container main is limited to 2 CPU",
		]),
		"a limit range with a default limit": denied(
			worldOf(
				stackOf({ kubernetes_limit_range_v1: object("defaults", { limit: [{ default: { cpu: "1" } }] }) }),
			),
			["spec.limit[0].default.cpu", "every container of the namespace is limited to 1 CPU"],
		),
	},
};

const inMemory = (emptyDir: Record<string, Block>, limit: string) =>
	worldOf(
		stackOf({
			kubernetes_deployment_v1: workload({
				pod: { volume: [{ name: "cache", empty_dir: emptyDir }] },
				container: {
					volume_mount: [{ name: "cache" }, { name: "other" }],
					resources: { limits: { memory: limit } },
				},
			}),
		}),
	);

export const memoryVolumeSized: RuleCases = {
	allow: {
		"a limit above the size": inMemory({ medium: "Memory", size_limit: "64Mi" }, "128Mi"),
		"a container that mounts another volume": worldOf(
			stackOf({
				kubernetes_deployment_v1: workload({
					pod: { volume: [{ name: "cache", empty_dir: { medium: "Memory", size_limit: "128Mi" } }] },
					container: { volume_mount: [{ name: "data" }], resources: { limits: { memory: "64Mi" } } },
				}),
			}),
		),
		"a volume on disk without a size": inMemory({}, "64Mi"),
	},
	deny: {
		"no size": denied(inMemory({ medium: "Memory" }, "128Mi"), [
			"spec.template.spec.volume[0].empty_dir.size_limit",
			"memory volume cache has no size limit",
		]),
		"a size that leaves no memory": denied(inMemory({ medium: "Memory", size_limit: "128Mi" }, "128Mi"), [
			`${container}.resources.limits.memory`,
			"container main has no memory left beside volume cache of 128Mi",
		]),
	},
};

export const noInlineNfs: RuleCases = {
	allow: {
		"a claim": worldOf(
			stackOf({
				kubernetes_deployment_v1: workload({
					pod: { volume: { name: "data", persistent_volume_claim: { claim_name: "data" } } },
				}),
			}),
		),
	},
	deny: {
		"a volume of type nfs": denied(
			worldOf(
				stackOf({
					kubernetes_deployment_v1: workload({
						pod: { volume: [{ name: "data", nfs: { server: "nas", path: "/data" } }] },
					}),
				}),
			),
			["spec.template.spec.volume[0].nfs", "volume data of web mounts NFS in the pod"],
		),
	},
};

const confinement = (security_context: Record<string, Block>) => deploymentOf({ security_context });
const podOf = (pod: Record<string, Block>) => worldOf(stackOf({ kubernetes_daemonset: workload({ pod }) }));

export const podConfined: RuleCases = {
	allow: {
		"a container that says nothing": deploymentOf({}),
		"capabilities of the baseline, with and without prefix": confinement({
			capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "CAP_CHOWN"] },
		}),
		"what is written down as off": podOf({ host_network: false, container: [{ name: "main", port: [{}] }] }),
	},
	deny: {
		"a privileged container": denied(confinement({ privileged: true }), [
			`${container}.security_context.privileged`,
			"container main is privileged",
		]),
		"capabilities beyond the baseline, all of them included": denied(
			confinement({ capabilities: [{ add: ["chown", "cap_sys_admin", "ALL"] }] }),
			[`${container}.security_context.capabilities.add`, "container main adds CAP_SYS_ADMIN, ALL"],
		),
		"an init container": denied(
			podOf({ init_container: { name: "first", security_context: { privileged: "true" } } }),
			["spec.template.spec.init_container.security_context.privileged", "container first is privileged"],
		),
		"files and namespaces of the node": denied(
			podOf({ host_pid: true, volume: [{ name: "root", host_path: { path: "/" } }] }),
			["spec.template.spec.host_pid", "pods of web have host_pid of their node"],
			["spec.template.spec.volume[0].host_path", "pods of web mount / of their node"],
		),
		"a port of the node": denied(deploymentOf({ port: [{ container_port: 25, host_port: 25 }] }), [
			`${container}.port[0].host_port`,
			"takes port 25 of its node",
		]),
	},
};
