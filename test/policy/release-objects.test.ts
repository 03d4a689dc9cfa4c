import { expect, test } from "vitest";
import { loadSite } from "../../config/load-site.ts";
import { memorySet } from "../../rules/catalogue/memory-set.ts";
import { podConfined } from "../../rules/catalogue/pod-confined.ts";
import { unsealKeyApart } from "../../rules/catalogue/unseal-key-apart.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { podTemplates, selects } from "../../world/pods.ts";
import { providerSpelling } from "../../world/provider-spelling.ts";
import { type ReleaseObject, releaseObjectPath, withReleaseObjects } from "../../world/release-objects.ts";
import { stackOf, worldOf } from "./world.ts";

const home = await loadSite("home");

const daemons = {
	apiVersion: "apps/v1",
	kind: "DaemonSet",
	metadata: { name: "node", annotations: { "a.example.org/keptAsItIs": "yes" } },
	spec: {
		selector: { matchLabels: { appName: "node" } },
		template: {
			metadata: { labels: { appName: "node" } },
			spec: {
				hostNetwork: true,
				initContainers: [{ name: "first", securityContext: { privileged: true } }],
				containers: [{ name: "main", resources: { limits: { "example.org/bigGpu": "1" } } }],
				volumes: [{ name: "dev", hostPath: { path: "/dev" } }],
			},
		},
	},
};
const service = {
	apiVersion: "v1",
	kind: "Service",
	metadata: { name: "node" },
	spec: { selector: { appName: "node" }, ports: [{ targetPort: "web" }] },
};
const reader = [
	{
		apiVersion: "rbac.authorization.k8s.io/v1",
		kind: "ClusterRole",
		metadata: { name: "reader" },
		rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }],
	},
	{
		apiVersion: "rbac.authorization.k8s.io/v1",
		kind: "ClusterRoleBinding",
		metadata: { name: "readers" },
		roleRef: { kind: "ClusterRole", name: "reader" },
		subjects: [{ kind: "ServiceAccount", name: "it", namespace: "it" }],
	},
];
const definition = {
	apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition",
	metadata: { name: "as.example.org" },
};

const bare = worldOf(stackOf({ helm_release: { name: "driver", namespace: "csi" } }));
const [release] = bare.stacks[0]?.resources ?? [];
const path = release?.path ?? "";
const world = withReleaseObjects(
	bare,
	new Map([[path, [daemons, service, ...reader, definition] as readonly ReleaseObject[]]]),
);

test("objects of a release are in its namespace, at paths below it", () => {
	const [found] = podTemplates(world);
	expect(found?.owner).toMatchObject({ kind: "daemon_set", namespace: "csi", name: "node" });
	expect(found?.owner.resource.path).toBe(releaseObjectPath(path, daemons));
	expect(kubernetesObjects(world).find("custom_resource_definition", "csi", "as.example.org")).toBeDefined();
});

test("rules see in them what they see in a stack", () => {
	expect([...podConfined.check(world)].map(({ message }) => message)).toEqual([
		"pods of node have host_network of their node",
		"pods of node mount /dev of their node",
		"container first is privileged",
	]);
	expect([...memorySet.check(world)].map(({ message }) => message)).toEqual([
		"container first sets no memory in requests and limits",
		"container main sets no memory in requests and limits",
	]);
	expect([...unsealKeyApart.check({ ...world, site: home })].map(({ message }) => message)).toEqual([
		"cluster_role reader may read vault-unseal-key",
	]);
});

test("names that somebody chose stay as they are", () => {
	const [template] = podTemplates(world);
	expect(template && selects({ appName: "node" }, template)).toBe(true);
	expect(providerSpelling(service).spec).toEqual({
		selector: { appName: "node" },
		port: [{ target_port: "web" }],
	});
	expect(kubernetesObjects(world).find("daemon_set", "csi", "node")?.annotations).toEqual(
		daemons.metadata.annotations,
	);
});
