import type { SiteInput } from "../../../config/schema/site.ts";
import { block, blocks, plain } from "../../../world/blocks.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import { textsOf } from "../../../world/texts.ts";
import type { World } from "../../../world/world.ts";

/** A name that a document uses, as its namespace's pods ask for it. */
export interface UsedName {
	readonly name: string;
	readonly namespace: string;
	/** Where it is used. */
	readonly where: string;
}

/** An object that names come from, with its collection. */
export interface NamedObject {
	readonly namespace: string;
	readonly plural: "services" | "pods";
	readonly object: object;
}

const inCluster = /\b[a-z0-9](?:[a-z0-9-.]*[a-z0-9])?\.svc(?:\.cluster\.local)?\b/g;
/** In the environment of a container, a host without a dot is a Service of the pod's own namespace. */
const ownNamespace = /^https?:\/\/([a-z][a-z0-9-]*)(?=[:/]|$)/g;
const environment = /\.env\[\d+\]\.value$/;

/** Names of Services in all texts of a world. */
export function usedNames(world: World): readonly UsedName[] {
	const { all } = kubernetesObjects(world);
	const namespaces = new Map(all.map(({ resource, namespace }) => [resource, namespace]));
	const used = new Map<string, UsedName>();
	for (const { subject, argument, value } of textsOf(world)) {
		const namespace = "address" in subject ? (namespaces.get(subject) ?? "default") : "default";
		const hosts = environment.test(argument) ? value.matchAll(ownNamespace) : [];
		const short = [...hosts].map(([, host = ""]) => host);
		const names = [...value.matchAll(inCluster)].map(([name]) => name);
		for (const name of [...names, ...short.filter((one) => one !== "localhost")]) {
			const where = `${subject.stack} ${"address" in subject ? subject.address : ""} ${argument}`;
			used.set(`${namespace} ${name}`, { name, namespace, where });
		}
	}
	return [...used.values()];
}

const bare = (name: string) => ({ metadata: { name }, spec: { ports: [{ port: 80 }] } });

function bareService(host: string): NamedObject {
	const [name = "", namespace = ""] = host.split(".");
	return { namespace, plural: "services", object: bare(name) };
}

/** Services that the site itself says are there, such as databases; nothing of this project makes them. */
export function statedServices(site: SiteInput): readonly NamedObject[] {
	return [...new Set(JSON.stringify(site).match(inCluster) ?? [])].map(bareService);
}

/** Services that a stack says its chart makes, or whoever runs a server outside of the cluster. */
export function promisedServices(world: World): readonly NamedObject[] {
	const { find } = kubernetesObjects(world);
	const outside = world.site.vault.server.kind === "external" ? "vault" : "";
	return world.stacks
		.filter(
			({ stack, resources }) => stack === outside || resources.some(({ type }) => type === "helm_release"),
		)
		.flatMap(({ endpoints }) => Object.values(endpoints.produced).map(({ host }) => bareService(host)))
		.filter(({ namespace, object }) => !find("service", namespace, nameOf(object)));
}

const nameOf = (object: object) => (object as ReturnType<typeof bare>).metadata.name;

/** Services of the documents, and the pods that have names of their own. */
export function servedNames(world: World): readonly NamedObject[] {
	return kubernetesObjects(world).all.flatMap(({ kind, resource, namespace, name }): NamedObject[] => {
		const spec = block(resource.arguments.spec);
		if (kind === "service")
			return [{ namespace, plural: "services", object: { metadata: { name }, spec: serviceSpec(spec) } }];
		if (kind !== "stateful_set") return [];
		const labels = block(block(block(spec.template).metadata).labels);
		return Array.from({ length: Number(plain(spec.replicas) ?? 1) }, (_, index) => ({
			namespace,
			plural: "pods" as const,
			object: {
				metadata: { name: `${name}-${index}`, labels },
				spec: {
					hostname: `${name}-${index}`,
					subdomain: plain(spec.service_name),
					containers: [{ name: "app", image: "registry.k8s.io/pause:3.10" }],
				},
			},
		}));
	});
}

function serviceSpec(spec: ReturnType<typeof block>) {
	return {
		selector: block(spec.selector),
		...(spec.cluster_ip === undefined ? {} : { clusterIP: spec.cluster_ip }),
		publishNotReadyAddresses: true,
		ports: blocks(spec.port, "").map(({ block: one }) => ({
			name: plain(one.name),
			port: Number(plain(one.port)),
			protocol: plain(one.protocol) ?? "TCP",
		})),
	};
}
