import { certificate } from "./certificate.ts";
import { durationOrNone, ipv4, label, nodePort } from "./primitives.ts";
import { word } from "./texts.ts";
import { z } from "./zod.ts";

const middleware = z
	.array(label)
	.describe("Names in the controller's namespace, in their order; empty when the site has none");

/** Middlewares of the site, by their purpose. */
const middlewares = z.strictObject({
	retry: middleware,
	errorPages: middleware,
	rateLimit: middleware,
	contentSecurityPolicy: middleware,
	crowdsec: middleware,
	antiAi: middleware,
	login: middleware,
	localOnly: middleware,
});

export type IngressMiddlewares = z.output<typeof middlewares>;

/** The Kubernetes cluster as workloads see it. */
export const cluster = z.strictObject({
	kubeconfig: word.describe("Path of the kubeconfig file; `~` is the user's home"),
	context: word.optional().describe("Context inside the kubeconfig; the current one when absent"),
	domain: z.literal("cluster.local").default("cluster.local"),
	dns: z.strictObject({
		address: ipv4.describe(
			"ClusterIP of the cluster DNS: an address, because proxies must start without DNS",
		),
		positiveTtl: durationOrNone.describe("Longest time that a cached answer is served"),
		negativeTtl: durationOrNone.describe("Longest time that a cached absence is served"),
	}),
	nodes: z
		.record(
			label,
			z.strictObject({
				host: word.describe("Key of the host in `network.hosts`"),
				controlPlane: z.boolean().default(false).describe("Tainted: ordinary pods never run there"),
			}),
		)
		.describe("Nodes by name"),
	ingress: z.strictObject({
		controller: z
			.literal("traefik")
			.describe(
				"What serves the class: logins, limits and filters of hosts are made for it alone, another would serve them open",
			),
		className: label.describe("Ingress class that serves every host"),
		namespace: label.describe("Namespace of the ingress controller's pods and of its shared middlewares"),
		middlewares: middlewares.describe(
			"They must exist before a stack is applied: a host whose middleware is missing is not served",
		),
		certificate: certificate.describe("The wildcard certificate of the site's hosts, kept in Vault alone"),
	}),
	nodePortSources: z
		.array(word)
		.min(1)
		.describe(
			"What a pod sees as the sender of node-port traffic: keys of `network.subnets`, or single addresses such as 10.10.0.1/32, of a node's gateway or tunnel",
		),
	nodePorts: z
		.record(label, nodePort)
		.default({})
		.describe("Node ports taken by workloads that no stack of this project owns"),
});
