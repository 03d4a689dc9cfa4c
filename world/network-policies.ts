import { defined } from "../config/schema/defined.ts";
import { type Block, block, blocks, isExpression, plain } from "./blocks.ts";
import { type KubernetesObject, kubernetesObjects } from "./kubernetes-objects.ts";
import { type LabelSelector, labelSelector, textList } from "./label-selector.ts";
import { oncePer } from "./once-per.ts";
import type { Json, World } from "./world.ts";

/** Who is at the other end of an allowed connection. */
export interface PolicyPeer {
	/** Pods by their labels; of the policy's namespace where no namespaces are selected. */
	readonly pods?: LabelSelector;
	readonly namespaces?: LabelSelector;
	/** Addresses in CIDR notation, without those of `except`. */
	readonly cidr?: string;
	readonly except: readonly string[];
}

export interface PolicyPort {
	/** TCP when the policy does not say. */
	readonly protocol: string;
	/** A number, or the name of a port of the pod; undefined for all. */
	readonly port?: string;
	/** Last port of a range. */
	readonly end?: number;
}

/** Allowed connections: from any of the peers to any of the ports; no peers are all, and no ports are all. */
export interface PolicyRule {
	readonly peers: readonly PolicyPeer[];
	readonly ports: readonly PolicyPort[];
}

/** A NetworkPolicy of a world. */
export interface NetworkPolicy {
	readonly object: KubernetesObject;
	/** Pods of its namespace that it isolates. */
	readonly pods: LabelSelector;
	/** Rules by direction; undefined for a direction that it does not isolate. */
	readonly ingress?: readonly PolicyRule[];
	readonly egress?: readonly PolicyRule[];
	/** Whether a part is known only to Terraform. */
	readonly unresolved: boolean;
}

const everything: LabelSelector = { labels: {}, expressions: [] };

/** Every NetworkPolicy of a world, typed or as a manifest. */
export const networkPolicies = oncePer((world: World): readonly NetworkPolicy[] =>
	kubernetesObjects(world)
		.all.filter(({ kind }) => kind === "network_policy")
		.map((object) => {
			const spec = block(object.given.spec);
			const types = textList(spec.policy_types);
			const rules = (direction: "ingress" | "egress", peers: string) =>
				blocks(spec[direction], "").map(({ block: one }) => readRule(one, peers));
			// Without types: ingress, and egress if there are rules for it (API of NetworkPolicySpec).
			const isolates = (type: string) =>
				types.length > 0 ? types.includes(type) : type === "Ingress" || spec.egress !== undefined;
			return {
				object,
				pods: labelSelector(spec.pod_selector) ?? everything,
				...(isolates("Ingress") ? { ingress: rules("ingress", "from") } : {}),
				...(isolates("Egress") ? { egress: rules("egress", "to") } : {}),
				unresolved: hasExpression(spec),
			};
		}),
);

function readRule(given: Block, peers: string): PolicyRule {
	return {
		peers: blocks(given[peers], "").map(({ block: one }) => {
			const ip = block(one.ip_block);
			const pods = labelSelector(one.pod_selector);
			const namespaces = labelSelector(one.namespace_selector);
			const cidr = plain(ip.cidr);
			return {
				...defined({ pods, namespaces, cidr }),
				except: textList(ip.except),
			};
		}),
		ports: blocks(given.ports ?? given.port, "").map(({ block: one }) => {
			const port = plain(one.port);
			const end = plain(one.end_port);
			return {
				protocol: plain(one.protocol) ?? "TCP",
				...defined({ port }),
				...(end === undefined ? {} : { end: Number(end) }),
			};
		}),
	};
}

function hasExpression(value: Json | undefined): boolean {
	if (Array.isArray(value)) return value.some(hasExpression);
	return typeof value === "object" && value !== null
		? Object.values(value).some(hasExpression)
		: isExpression(value);
}
