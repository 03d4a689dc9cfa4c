/** Group of kinds that only these tests have. */
export const group = "guards.example.org";

export const metadata = { name: "a", namespace: "default" };
/** Arguments of a `kubernetes_manifest`. */
export const manifest = (apiVersion: string, kind: string, more: object = {}) => ({
	manifest: { apiVersion, kind, metadata, ...more },
});
/** A definition of a kind with the versions `v1` and `v2`. @param served those that are served */
export const kindNamed = (kind: string, ...served: string[]) => {
	const plural = `${kind.toLowerCase()}s`;
	const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object" } } } };
	return {
		apiVersion: "apiextensions.k8s.io/v1",
		kind: "CustomResourceDefinition",
		metadata: { name: `${plural}.${group}` },
		spec: {
			group,
			scope: "Namespaced",
			names: { kind, plural, singular: kind.toLowerCase() },
			versions: ["v1", "v2"].map((name) => ({
				name,
				served: served.includes(name),
				storage: name === "v2",
				schema,
			})),
		},
	};
};
