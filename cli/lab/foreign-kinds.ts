/** Kinds that operators outside of this project bring. Their controllers do not run here: objects are only stored. */
export const foreignKinds = [
	{
		group: "external-secrets.io",
		version: "v1beta1",
		kind: "ExternalSecret",
		plural: "externalsecrets",
		scope: "Namespaced",
	},
	{
		group: "external-secrets.io",
		version: "v1beta1",
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
] as const;

export const definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** The smallest definition under which objects of the kind are kept as they are. */
export const definitionOf = ({ group, version, kind, plural, scope }: (typeof foreignKinds)[number]) => ({
	apiVersion: "apiextensions.k8s.io/v1",
	kind: "CustomResourceDefinition",
	metadata: { name: `${plural}.${group}` },
	spec: {
		group,
		scope,
		names: { kind, plural, singular: kind.toLowerCase() },
		versions: [
			{
				name: version,
				served: true,
				storage: true,
				schema: {
					openAPIV3Schema: {
						type: "object",
						// Without properties: with some, the provider would refuse every other field.
						properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
					},
				},
			},
		],
	},
});
