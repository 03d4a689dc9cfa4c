import { loadSite } from "../../config/load-site.ts";
import { readDocument, type StackDocument, type World } from "../../world/world.ts";

type Document = StackDocument["json"];
export type Block = Exclude<Document[string], undefined>;
type Fields = { readonly [key: string]: Block | undefined };

const lab = await loadSite("lab");

/** A world of the stacks `first`, `second`, as they would be written, on a site with known ports and classes. */
export function worldOf(...documents: readonly Document[]): World {
	const names = ["first", "second"];
	return {
		site: {
			...lab,
			cluster: { ...lab.cluster, nodePorts: { camera: 30554 } },
			storage: { ...lab.storage, nfs: { ...lab.storage.nfs, className: "nfs" } },
		},
		stacks: documents.map((json, index) => readDocument(names[index] ?? "other", json)),
	};
}

/** One stack with resources of the given types; each entry is the arguments of the only block of its type. */
export function stackOf(resources: Readonly<Record<string, Fields>>): Document {
	return {
		resource: Object.fromEntries(
			Object.entries(resources).map(([type, fields]) => [type, { it: { ...fields } as Block }]),
		),
	};
}

interface WorkloadParts {
	readonly metadata?: Fields;
	/** Beside the template. */
	readonly spec?: Fields;
	/** Metadata of the pods. */
	readonly template?: Fields;
	readonly pod?: Fields;
	readonly container?: Fields;
}

/** Arguments of a deployment or of anything else with `spec.template`. */
export function workload({ metadata, spec, template, pod, container }: WorkloadParts): Fields {
	return {
		metadata: { name: "web", namespace: "shop", ...metadata } as Block,
		spec: {
			...spec,
			template: {
				metadata: { labels: { app: "web" }, ...template },
				spec: { container: [{ name: "main", image: "nginx:1.29.3", ...container }], ...pod },
			},
		} as Block,
	};
}

/** Arguments of an object with metadata and a specification. */
export function object(name: string, spec: Fields = {}, metadata: Fields = {}): Fields {
	return { metadata: { name, namespace: "shop", ...metadata } as Block, spec: spec as Block };
}
