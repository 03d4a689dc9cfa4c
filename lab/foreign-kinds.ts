/** A custom resource definition of an operator. */
export interface ForeignKind {
	readonly group: string;
	/** Version that the operator serves. */
	readonly version: string;
	/** Versions that the definition lists as not served. @default none */
	readonly retired?: readonly string[];
	readonly kind: string;
	readonly plural: string;
	readonly scope: "Namespaced" | "Cluster";
}

/**
 * Kinds of operators outside of this project, in the versions that these serve. Their controllers do not run in the
 * lab: objects are only stored.
 */
export const foreignKinds = [
	{
		group: "external-secrets.io",
		version: "v1",
		retired: ["v1beta1"],
		kind: "ExternalSecret",
		plural: "externalsecrets",
		scope: "Namespaced",
	},
	{
		group: "external-secrets.io",
		version: "v1",
		retired: ["v1beta1"],
		kind: "SecretStore",
		plural: "secretstores",
		scope: "Namespaced",
	},
	{
		group: "traefik.io",
		version: "v1alpha1",
		kind: "Middleware",
		plural: "middlewares",
		scope: "Namespaced",
	},
	{ group: "kyverno.io", version: "v1", kind: "ClusterPolicy", plural: "clusterpolicies", scope: "Cluster" },
	{
		group: "kyverno.io",
		version: "v2",
		kind: "ClusterCleanupPolicy",
		plural: "clustercleanuppolicies",
		scope: "Cluster",
	},
] as const satisfies readonly ForeignKind[];

export const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A minimal definition under which objects of the kind are stored unchanged. */
export const definitionOf = ({ group, version, retired = [], kind, plural, scope }: ForeignKind) => ({
	apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition",
	metadata: { name: `${plural}.${group}` },
	spec: {
		group,
		scope,
		names: { kind, plural, singular: kind.toLowerCase() },
		versions: [version, ...retired].map((name) => ({
			name,
			served: name === version,
			storage: name === version,
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
