import type { Block } from "../world.ts";
import { object, stackOf, workload, worldOf } from "../world.ts";
import { denied, type RuleCases } from "./rule-cases.ts";

const service = (name: string, ...port: Block[]) =>
	stackOf({ kubernetes_service_v1: object(name, { type: "NodePort", port }) });

export const uniqueNodePorts: RuleCases = {
	allow: {
		"different ports in two stacks": worldOf(
			service("one", { node_port: 30000 }),
			service("two", { node_port: 32767 }),
		),
		"one number for TCP and UDP": worldOf(
			service("dns", { node_port: 30053 }, { node_port: 30053, protocol: "UDP" }),
		),
		"ports that the cluster chooses": worldOf(service("web", { port: 80 }, { port: 81 })),
	},
	deny: {
		"one port in two stacks": denied(
			worldOf(service("one", { node_port: 30001 }), service("two", { port: 80 }, { node_port: 30001 })),
			["spec.port[1].node_port", "node port 30001 already belongs to Service shop/one"],
		),
		"a port of the site": denied(worldOf(service("web", { node_port: 30554 })), [
			"spec.port[0].node_port",
			"already belongs to camera of cluster.nodePorts",
		]),
		"a port outside of the range": denied(worldOf(service("web", { node_port: 8080 })), [
			"spec.port[0].node_port",
			"lies outside 30000 to 32767",
		]),
	},
};

const ingress = (name: string, host: string, ...paths: string[]) =>
	stackOf({
		kubernetes_ingress_v1: object(name, {
			rule: [{ host, http: { path: paths.map((path) => ({ path })) } }],
		}),
	});

export const uniqueHostNames: RuleCases = {
	allow: {
		"two hosts": worldOf(ingress("one", "a.example.org"), ingress("two", "b.example.org")),
		"hosts that two stacks take from an expression": worldOf(
			ingress("one", "${var.host}"),
			ingress("two", "${var.host}"),
		),
		"two paths of one host": worldOf(
			ingress("one", "a.example.org", "/"),
			ingress("two", "a.example.org", "/api"),
		),
	},
	deny: {
		"one host in two stacks": denied(
			worldOf(ingress("one", "a.example.org"), ingress("two", "a.example.org", "/api", "/")),
			["spec.rule[0].host", "a.example.org/ is already served by Ingress shop/one"],
		),
	},
};

const classed = (className: string | undefined) =>
	worldOf(
		stackOf({
			kubernetes_ingress_v1: object("web", {
				...(className === undefined ? {} : { ingress_class_name: className }),
				rule: [{ host: "a.example.org" }],
			}),
		}),
	);

export const ingressOfTheController: RuleCases = {
	allow: {
		"the class of the site": classed("traefik"),
		"the class of the site in a manifest": worldOf(
			stackOf({
				kubernetes_manifest: {
					manifest: {
						kind: "Ingress",
						metadata: { name: "web", namespace: "shop" },
						spec: { ingressClassName: "traefik" },
					},
				},
			}),
		),
	},
	deny: {
		"another class": denied(classed("nginx"), [
			"spec.ingress_class_name",
			"Ingress shop/web is of the class nginx: expected traefik",
		]),
		"whatever class is the cluster's default": denied(classed(undefined), [
			"spec.ingress_class_name",
			"Ingress shop/web is of no class: expected traefik",
		]),
		"another class in a manifest": denied(
			worldOf(
				stackOf({
					kubernetes_manifest: {
						manifest: {
							kind: "Ingress",
							metadata: { name: "web", namespace: "shop" },
							spec: { ingressClassName: "nginx" },
						},
					},
				}),
			),
			["manifest.spec.ingressClassName", "of the class nginx"],
		),
	},
};

export const oneOwnerPerObject: RuleCases = {
	allow: {
		"one name in two namespaces": worldOf(
			stackOf({ kubernetes_config_map_v1: object("web") }),
			stackOf({ kubernetes_config_map_v1: object("web", {}, { namespace: "forum" }) }),
		),
		"names that two stacks take from an expression": worldOf(
			stackOf({ kubernetes_config_map_v1: object("${var.name}") }),
			stackOf({ kubernetes_config_map_v1: object("${var.name}") }),
		),
		"two patches of an object": worldOf(
			stackOf({ kubernetes_labels: object("web") }),
			stackOf({ kubernetes_labels: object("web") }),
		),
		"an object that another stack reads": worldOf(stackOf({ kubernetes_service_v1: object("web") }), {
			data: { kubernetes_service_v1: { it: { ...object("web") } } },
		}),
		"names that the cluster makes up": worldOf(
			stackOf({ kubernetes_job_v1: { metadata: { generate_name: "run-" } } }),
			stackOf({ kubernetes_job_v1: { metadata: { generate_name: "run-" } } }),
		),
	},
	deny: {
		"one object in two stacks, once by reference": denied(
			worldOf(
				stackOf({
					kubernetes_namespace_v1: { metadata: { name: "shop" } },
					kubernetes_service_v1: object(
						"web",
						{},
						{ namespace: "${kubernetes_namespace_v1.it.metadata[0].name}" },
					),
				}),
				stackOf({ kubernetes_service: object("web") }),
			),
			["metadata.name", "service shop/web is already declared by first/it"],
		),
		"a typed object and a manifest": denied(
			worldOf(
				stackOf({
					kubernetes_stateful_set_v1: object("web"),
					kubernetes_manifest: {
						manifest: { kind: "StatefulSet", metadata: { name: "web", namespace: "shop" } },
					},
				}),
			),
			["metadata.name", "stateful_set shop/web"],
		),
	},
};

const namespaced = (tier: Record<string, Block>, labels: Record<string, Block>) =>
	worldOf(
		stackOf({
			kubernetes_namespace_v1: { metadata: { name: "shop", labels: tier } },
			kubernetes_deployment_v1: workload({ metadata: { labels } }),
		}),
	);

export const tierLabel: RuleCases = {
	allow: {
		"a workload with the tier of its namespace": namespaced({ tier: "4-aux" }, { tier: "4-aux" }),
		"a workload in a namespace of another project": worldOf(
			stackOf({ kubernetes_deployment_v1: workload({ metadata: { labels: { tier: "0-core" } } }) }),
		),
		"a job, whose pods no tier label reaches": worldOf(stackOf({ kubernetes_job_v1: workload({}) })),
	},
	deny: {
		"no label on the namespace": denied(namespaced({}, { tier: "4-aux" }), [
			"metadata.labels",
			"namespace shop has no label tier",
		]),
		"a tier that does not exist": denied(namespaced({ tier: "core" }, { tier: "0-core" }), [
			"metadata.labels",
			"tier core of namespace shop does not exist",
		]),
		"no label on the workload": denied(namespaced({ tier: "4-aux" }, {}), [
			"metadata.labels",
			"deployment web has no label tier",
		]),
		"a workload with another tier than its namespace": denied(
			namespaced({ tier: "4-aux" }, { tier: "0-core" }),
			["metadata.labels", "deployment web has tier 0-core, its namespace shop has 4-aux"],
		),
	},
};

const definition = {
	apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition",
	metadata: { name: "shops.example.org" },
	spec: { group: "example.org", names: { kind: "Shop" } },
};
const shop = { apiVersion: "example.org/v1", kind: "Shop", metadata: { name: "mine" } };

export const definitionApart: RuleCases = {
	allow: {
		"a definition and its object in two stacks": worldOf(
			stackOf({ kubernetes_manifest: { manifest: definition } }),
			stackOf({ kubernetes_manifest: { manifest: shop } }),
		),
	},
	deny: {
		"a definition and its object in one stack": denied(
			worldOf({
				resource: { kubernetes_manifest: { kind: { manifest: definition }, mine: { manifest: shop } } },
			}),
			["manifest", "kind Shop is defined in the same stack, by first/kind"],
		),
	},
};
