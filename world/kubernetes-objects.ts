import { type Block, block } from "./blocks.ts";
import { oncePer } from "./once-per.ts";
import { providerSpelling } from "./provider-spelling.ts";
import type { Json, Resource, World } from "./world.ts";

/** A Kubernetes object of a stack, with references to other blocks of the stack resolved. */
export interface KubernetesObject {
	readonly resource: Resource;
	/** Kind in snake case without API version, such as `stateful_set`, whether typed or a manifest. */
	readonly kind: string;
	/** `default` when none is given, and for cluster-scoped kinds. */
	readonly namespace: string;
	readonly name: string;
	readonly labels: Block;
	readonly annotations: Block;
	/** Its arguments in the words of the provider, whether it is typed or a manifest. */
	readonly given: Block;
	/** Place of those arguments in the resource, with a dot behind it; empty when they are the resource's own. */
	readonly at: "" | "manifest.";
}

export interface KubernetesObjects {
	readonly all: readonly KubernetesObject[];
	/** Namespaces of Helm releases, whose objects are in no document. */
	readonly chartNamespaces: ReadonlySet<string>;
	readonly find: (kind: string, namespace: string, name: string) => KubernetesObject | undefined;
	readonly findNamespace: (name: string) => KubernetesObject | undefined;
	/** The literal that a name is or refers to, else the expression itself. */
	readonly resolve: (stack: string, name: Json | undefined) => string | undefined;
}

/** Resource types that patch an object of another owner. */
const patches =
	/^kubernetes_(annotations|labels|env|node_taint|token_request_v1|default_service_account.*|.*_data)$/;
const version = /_v\d[a-z0-9]*$/;
const reference = /^\$\{(\w+\.[\w-]+)\.(?:metadata\[0\]\.name|id)\}$/;
const wordStart = /(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g;

/** Every object of a world, by identity. */
export const kubernetesObjects = oncePer((world: World): KubernetesObjects => {
	const names = new Map<string, string>();
	for (const { resources } of world.stacks)
		for (const {
			stack,
			address,
			arguments: { metadata },
		} of resources) {
			const { name } = block(metadata);
			if (typeof name === "string") names.set(`${stack} ${address}`, name);
		}
	const resolve = (stack: string, name: Json | undefined): string | undefined => {
		if (typeof name !== "string") return undefined;
		const address = name.startsWith("${") ? reference.exec(name)?.[1] : undefined;
		return (address && names.get(`${stack} ${address}`)) ?? name;
	};

	const all: KubernetesObject[] = [];
	const byIdentity = new Map<string, KubernetesObject>();
	const chartNamespaces = new Set<string>();
	for (const { resources } of world.stacks)
		for (const resource of resources) {
			const { mode, type, stack } = resource;
			if (type === "helm_release")
				chartNamespaces.add(resolve(stack, resource.arguments.namespace) ?? "default");
			if (mode !== "resource" || !type.startsWith("kubernetes_") || patches.test(type)) continue;
			const isManifest = type === "kubernetes_manifest";
			const object = isManifest ? block(resource.arguments.manifest) : resource.arguments;
			const { name, namespace, labels, annotations } = block(object.metadata);
			const resolved = resolve(stack, name);
			if (resolved === undefined) continue;
			const entry: KubernetesObject = {
				resource,
				kind: kindOf(type, object.kind),
				namespace: resolve(stack, namespace) ?? "default",
				name: resolved,
				labels: block(labels),
				annotations: block(annotations),
				given: isManifest ? providerSpelling(object as Block) : (object as Block),
				at: isManifest ? "manifest." : "",
			};
			all.push(entry);
			byIdentity.set(`${entry.kind} ${entry.namespace} ${entry.name}`, entry);
		}
	const find = (kind: string, namespace: string, name: string) =>
		byIdentity.get(`${kind} ${namespace} ${name}`);
	return { all, chartNamespaces, find, findNamespace: (name) => find("namespace", "default", name), resolve };
});

/** Kind in snake case of a resource type, or of a manifest: `stateful_set` for `kubernetes_stateful_set_v1`. */
export function kindOf(type: string, manifestKind: Json | undefined): string {
	if (type === "kubernetes_manifest") return String(manifestKind).replace(wordStart, "_").toLowerCase();
	const kind = type.slice("kubernetes_".length).replace(version, "");
	return kind === "daemonset" ? "daemon_set" : kind;
}
