import { type KeptKind, keptProducts } from "./products/kept-kinds.ts";

/** A custom resource definition of an operator. */
export interface ForeignKind extends KeptKind {
	/** Version that objects are written in. */
	readonly version: string;
}

/** Every kind of the operators that the stacks write to, and of those beside them. */
export const operatorKinds: readonly ForeignKind[] = Object.values(keptProducts)
	.flatMap(({ kinds }) => kinds)
	.map((kind) => ({ ...kind, version: storedVersion(kind) }));

const written = [
	"clustercleanuppolicies.kyverno.io",
	"clusterpolicies.kyverno.io",
	"externalsecrets.external-secrets.io",
	"middlewares.traefik.io",
	"secretstores.external-secrets.io",
];

/**
 * Kinds that the stacks write, as their products define them. Where the product does not run in the lab, objects are
 * only stored.
 */
export const foreignKinds: readonly ForeignKind[] = operatorKinds.filter((kind) =>
	written.includes(definitionName(kind)),
);

/** Name of the definition of a kind. */
export function definitionName({ plural, group }: Pick<ForeignKind, "plural" | "group">): string {
	return `${plural}.${group}`;
}

function storedVersion({ versions }: KeptKind): string {
	const [name = ""] = Object.entries(versions).find(([, state]) => state === "stored") ?? [];
	return name;
}

export const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A minimal definition under which objects of the kind are stored unchanged. */
export const definitionOf = ({ group, versions, kind, plural, scope }: ForeignKind) => ({
	apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition",
	metadata: { name: definitionName({ plural, group }) },
	spec: {
		group,
		scope,
		names: { kind, plural, singular: kind.toLowerCase() },
		versions: Object.entries(versions).map(([name, state]) => ({
			name,
			served: state !== "retired",
			storage: state === "stored",
			schema: {
				openAPIV3Schema: {
					type: "object",
					// Without properties: with some, the provider would refuse every other field.
					properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
				},
			},
		})),
	},
});
