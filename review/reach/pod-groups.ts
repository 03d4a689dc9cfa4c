import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { type LabelSelector, labelsOf, selects } from "../../world/label-selector.ts";
import { networkPolicies } from "../../world/network-policies.ts";
import { oncePer } from "../../world/once-per.ts";
import { podTemplates } from "../../world/pods.ts";
import type { Resource, World } from "../../world/world.ts";
import type { PodEnd, Port } from "./network-decision.ts";

/** Label that the API server sets on every namespace. */
const nameLabel = "kubernetes.io/metadata.name";

/** Pods that are named together. */
export interface PodGroup extends PodEnd {
	readonly name: string;
	/** Ports that its containers declare. */
	readonly ports: readonly Port[];
	/** The workload, or the namespace; undefined for a namespace that no stack makes. */
	readonly resource: Resource | undefined;
}

/** Namespaces that a world makes, with their labels. */
export const ownNamespaces = oncePer((world: World): ReadonlyMap<string, Resource> => {
	const { all } = kubernetesObjects(world);
	return new Map(all.flatMap(({ kind, name, resource }) => (kind === "namespace" ? [[name, resource]] : [])));
});

/** Namespaces that a world speaks of and does not make. */
const foreignNamespaces = oncePer((world: World): ReadonlySet<string> => {
	const { all } = kubernetesObjects(world);
	const names = new Set([world.site.cluster.ingress.namespace, "kube-system"]);
	for (const { kind, namespace } of all) if (templateKinds.has(kind)) names.add(namespace);
	for (const { object, ingress = [], egress = [] } of networkPolicies(world)) {
		names.add(object.namespace);
		for (const { peers } of [...ingress, ...egress])
			for (const { namespaces } of peers) for (const name of namesIn(namespaces)) names.add(name);
	}
	for (const name of ownNamespaces(world).keys()) names.delete(name);
	return names;
});

const templateKinds = new Set(["cron_job", "daemon_set", "deployment", "job", "pod", "stateful_set"]);

function namesIn(selector: LabelSelector | undefined): readonly string[] {
	return [
		...(selector?.labels[nameLabel] === undefined ? [] : [selector.labels[nameLabel]]),
		...(selector?.expressions ?? []).flatMap(({ key, operator, values }) =>
			key === nameLabel && operator === "In" ? values : [],
		),
	];
}

/**
 * Groups of pods of a world: of each workload, of what a policy selects and no document has (pods of charts), and all
 * others of each namespace. A namespace that another of the compared worlds makes and this one does not is not there.
 */
export function podGroups(world: World, compared: readonly World[]): readonly PodGroup[] {
	const own = ownNamespaces(world);
	const foreign = new Set(compared.flatMap((one) => [...foreignNamespaces(one)]));
	const made = new Set(compared.flatMap((one) => [...ownNamespaces(one).keys()]));
	const names = [...own.keys(), ...[...foreign].filter((name) => !made.has(name))].sort();
	return names.flatMap((namespace) => {
		const resource = own.get(namespace);
		const { labels } = block(resource?.arguments.metadata);
		const common = { namespace, namespaceLabels: { ...labelsOf(block(labels)), [nameLabel]: namespace } };
		const workloads = workloadsOf(world, namespace).map((one) => ({ ...common, ...one }));
		const selected = networkPolicies(world)
			.filter(({ object }) => object.namespace === namespace)
			.map(({ pods, object }) => ({ pods, resource: object.resource }))
			.filter(
				({ pods }) =>
					Object.keys(pods.labels).length > 0 && !workloads.some((one) => selects(pods, one.labels)),
			)
			.map(({ pods, resource: policy }) => ({
				...common,
				name: `pods of namespace ${namespace} with ${Object.entries(pods.labels)
					.map(([key, value]) => `${key}=${value}`)
					.sort()
					.join(",")}`,
				labels: pods.labels,
				ports: [],
				portNames: {},
				resource: policy,
			}));
		const special = [...workloads, ...selected];
		const name = `${special.length > 0 ? "other pods" : "pods"} of namespace ${namespace}`;
		return [...special, { ...common, name, labels: {}, ports: [], portNames: {}, resource }];
	});
}

function workloadsOf(world: World, namespace: string) {
	return podTemplates(world)
		.filter(({ owner }) => owner.namespace === namespace)
		.map(({ owner, labels, containers }) => {
			const declared = containers.flatMap(({ block: container }) =>
				blocks(container.port, "").flatMap(({ block: port }) => {
					const number = Number(plain(port.container_port) ?? Number.NaN);
					return Number.isNaN(number)
						? []
						: [{ name: plain(port.name) ?? "", number, protocol: plain(port.protocol) ?? "TCP" }];
				}),
			);
			return {
				name: `pods of ${namespace}/${owner.name}`,
				labels: labelsOf(labels),
				ports: declared.map(({ number, protocol }) => ({ number, protocol })),
				portNames: Object.fromEntries(declared.map(({ name, number }) => [name, number])),
				resource: owner.resource,
			};
		});
}
