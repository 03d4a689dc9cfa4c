import { defined } from "../config/schema/defined.ts";
import { block, blocks, isExpression, plain } from "./blocks.ts";
import { kubernetesObjects } from "./kubernetes-objects.ts";
import { oncePer } from "./once-per.ts";
import type { Resource, World } from "./world.ts";

/** An Ingress of a world. */
export interface IngressObject {
	readonly resource: Resource;
	readonly namespace: string;
	readonly name: string;
	/** Undefined where the cluster's default decides. */
	readonly className?: string;
	/** Hosts with the paths that it serves; `*` for any host. */
	readonly hosts: readonly { readonly host: string; readonly paths: readonly string[] }[];
	/** References to middlewares, in their order. */
	readonly middlewares: readonly string[];
	/** Whether hosts or middlewares are known only to Terraform. */
	readonly unresolved: boolean;
}

const chain = "traefik.ingress.kubernetes.io/router.middlewares";

/** Every Ingress of a world, typed or as a manifest. */
export const ingressObjects = oncePer((world: World): readonly IngressObject[] =>
	kubernetesObjects(world)
		.all.filter(({ kind }) => kind === "ingress")
		.map(({ resource, namespace, name, annotations, given }) => {
			const spec = block(given.spec);
			const rules = blocks(spec.rule, "").map(({ block: one }) => one);
			const className = plain(spec.ingress_class_name);
			const serving = rules.map(({ host, http }) => ({
				host: plain(host) ?? "*",
				paths: blocks(block(http).path, "").map(({ block: one }) => plain(one.path) ?? "/"),
			}));
			const all = spec.default_backend;
			return {
				resource,
				namespace,
				name,
				...defined({ className }),
				hosts: all === undefined ? serving : [...serving, { host: "*", paths: ["/"] }],
				middlewares: (plain(annotations[chain]) ?? "").split(",").filter((one) => one !== ""),
				unresolved: isExpression(annotations[chain]) || rules.some(({ host }) => isExpression(host)),
			};
		}),
);
