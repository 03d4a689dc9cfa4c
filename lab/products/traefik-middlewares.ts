import type { IngressMiddlewares } from "../../config/schema/cluster.ts";
import type { Site } from "../../config/schema/site.ts";

/** An object, and the collection that it is made in. */
export interface MadeObject {
	readonly path: string;
	readonly object: object;
}

/** Ports of the programs behind middlewares. */
const backends = { login: 9000, "error-pages": 80, "bot-check": 80 } as const;

/** Account of their pods, which is there before them. */
const account = "behind-middlewares";

/** Where the identity provider's outpost is asked. */
const outpost = "outpost.goauthentik.io/auth/traefik";

/**
 * The middlewares that the site names, in its controller's namespace, and the pods behind them. What needs a plugin has
 * a plain one in its place.
 */
export function middlewareObjects({ cluster, network }: Pick<Site, "cluster" | "network">): MadeObject[] {
	const { namespace, middlewares } = cluster.ingress;
	const address = (name: keyof typeof backends, path: string) =>
		`http://${name}.${namespace}.svc.${cluster.domain}:${backends[name]}/${path}`;
	const allow = (sourceRange: readonly string[]) => ({ ipAllowList: { sourceRange } });
	const noTraining = { headers: { customResponseHeaders: { "X-Robots-Tag": "noai, noimageai" } } };
	const specs: Readonly<Record<keyof IngressMiddlewares, readonly object[]>> = {
		retry: [{ retry: { attempts: 2, initialInterval: "100ms" } }],
		errorPages: [
			{
				errors: {
					status: ["502-504"],
					query: "/{status}",
					service: { name: "error-pages", port: backends["error-pages"] },
				},
			},
		],
		rateLimit: [{ rateLimit: { average: 5, burst: 50 } }],
		contentSecurityPolicy: [
			{ headers: { contentSecurityPolicy: `frame-ancestors 'self' https://*.${network.domain}` } },
		],
		crowdsec: [allow(["0.0.0.0/0", "::/0"])],
		antiAi: [{ forwardAuth: { address: address("bot-check", "") } }, noTraining],
		login: [
			{
				forwardAuth: {
					address: address("login", outpost),
					trustForwardHeader: true,
					authResponseHeaders: ["X-authentik-username", "X-authentik-groups"],
				},
			},
		],
		localOnly: [allow(Object.values(network.subnets).map(({ cidr }) => cidr))],
	};
	const collection = (plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;
	const named = Object.entries(specs).flatMap(([purpose, all]) =>
		middlewares[purpose as keyof IngressMiddlewares].map((name, index): MadeObject => {
			const path = `/apis/traefik.io/v1alpha1/namespaces/${namespace}/middlewares`;
			// Further ones of a purpose say nothing new.
			return { path, object: { ...middleware, metadata: { name }, spec: all[index] ?? noTraining } };
		}),
	);
	const pods = Object.entries(backends).flatMap(([name, port]): MadeObject[] => [
		{
			path: collection("services"),
			object: { metadata: { name }, spec: { selector: { app: name }, ports: [{ port }] } },
		},
		{
			path: collection("pods"),
			object: {
				metadata: {
					name,
					labels: { app: name },
					annotations: name === "login" ? { "lab/answer": "login" } : {},
				},
				spec: {
					serviceAccountName: account,
					containers: [{ name, image: "registry.k8s.io/pause:3.10", ports: [{ containerPort: port }] }],
				},
			},
		},
	]);
	return [
		{ path: collection("serviceaccounts"), object: { metadata: { name: account } } },
		...pods,
		...named,
	];
}

const middleware = { apiVersion: "traefik.io/v1alpha1", kind: "Middleware" };
