import { isInside, overlap } from "../../config/schema/ip-network.ts";
import { selects } from "../../world/label-selector.ts";
import type { NetworkPolicy, PolicyPeer, PolicyPort, PolicyRule } from "../../world/network-policies.ts";

/** Pods that policies treat alike. */
export interface PodEnd {
	readonly namespace: string;
	readonly namespaceLabels: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	/** Numbers of ports by name. */
	readonly portNames: Readonly<Record<string, number>>;
}

/** Addresses outside the network of pods. */
export interface NetworkEnd {
	readonly cidr: string;
}

export type End = PodEnd | NetworkEnd;

export interface Port {
	readonly protocol: string;
	readonly number: number;
}

/** Why a connection is allowed: the policies that allow it at each end; none where none isolates the end. */
export interface Allowed {
	readonly by: readonly NetworkPolicy[];
}

type Direction = "ingress" | "egress";

/** Policies that isolate an end in a direction; of a network none. */
export type Isolation = (direction: Direction, end: End) => readonly NetworkPolicy[];

/** Finds the policies of each end once. */
export function isolationBy(policies: readonly NetworkPolicy[]): Isolation {
	const known = {
		ingress: new Map<End, readonly NetworkPolicy[]>(),
		egress: new Map<End, readonly NetworkPolicy[]>(),
	};
	return (direction, end) => {
		if (!("namespace" in end)) return [];
		let found = known[direction].get(end);
		if (found === undefined) {
			found = policies.filter(
				(policy) =>
					policy[direction] !== undefined &&
					policy.object.namespace === end.namespace &&
					selects(policy.pods, end.labels),
			);
			known[direction].set(end, found);
		}
		return found;
	};
}

/**
 * Whether a connection is allowed (Kubernetes documentation, "Network Policies"): a pod that no policy isolates in a
 * direction takes part in every connection of that direction, one that is isolated in those that some policy allows; and
 * both ends must allow it. A block of addresses counts for pods too when it covers their network, since whether it does
 * is up to the network plugin.
 *
 * @param podNetwork network of the pods in CIDR notation
 * @returns undefined when it is not
 */
export function connection(
	isolation: Isolation,
	from: End,
	to: End,
	port: Port,
	podNetwork: string,
): Allowed | undefined {
	const into = allowedBy(isolation, "ingress", to, from, port, podNetwork);
	const out = into && allowedBy(isolation, "egress", from, to, port, podNetwork);
	return out === undefined || into === undefined ? undefined : { by: [...new Set([...out, ...into])] };
}

/** Policies of an end that allow what is at the other; empty when none isolates it, undefined when none allows. */
function allowedBy(
	isolation: Isolation,
	direction: Direction,
	end: End,
	other: End,
	port: Port,
	podNetwork: string,
): readonly NetworkPolicy[] | undefined {
	const isolating = isolation(direction, end);
	if (isolating.length === 0) return [];
	// Names of ports are those of the pod that is connected to.
	const target = direction === "ingress" ? end : other;
	const names = "namespace" in target ? target.portNames : {};
	const allowing = isolating.filter((policy) =>
		(policy[direction] ?? []).some((rule) =>
			allows(rule, policy.object.namespace, other, port, names, podNetwork),
		),
	);
	return allowing.length === 0 ? undefined : allowing;
}

function allows(
	{ peers, ports }: PolicyRule,
	namespace: string,
	other: End,
	port: Port,
	names: PodEnd["portNames"],
	podNetwork: string,
): boolean {
	return (
		concerns({ peers }, namespace, other, podNetwork) &&
		(ports.length === 0 || ports.some((one) => isPort(one, port, names)))
	);
}

/** Whether a rule speaks of an end, whatever its ports. */
export function concerns(
	{ peers }: Pick<PolicyRule, "peers">,
	namespace: string,
	other: End,
	podNetwork: string,
): boolean {
	return peers.length === 0 || peers.some((peer) => matches(peer, namespace, other, podNetwork));
}

function matches(
	{ pods, namespaces, cidr, except }: PolicyPeer,
	own: string,
	other: End,
	podNetwork: string,
): boolean {
	if (cidr !== undefined) {
		const addresses = "cidr" in other ? other.cidr : podNetwork;
		// One machine of a network is not the network.
		const covers = cidr.endsWith("/32") ? isInside(addresses, cidr) : overlap(addresses, cidr);
		return covers && !except.some((network) => isInside(addresses, network));
	}
	if (!("namespace" in other)) return false;
	const inNamespace =
		namespaces === undefined ? other.namespace === own : selects(namespaces, other.namespaceLabels);
	return inNamespace && (pods === undefined || selects(pods, other.labels));
}

function isPort(wanted: PolicyPort, { protocol, number }: Port, names: PodEnd["portNames"]): boolean {
	if (wanted.protocol !== protocol) return false;
	if (wanted.port === undefined) return true;
	const first = /^\d+$/.test(wanted.port) ? Number(wanted.port) : names[wanted.port];
	return first !== undefined && number >= first && number <= (wanted.end ?? first);
}
