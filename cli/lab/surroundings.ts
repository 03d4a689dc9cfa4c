import type { Site } from "../../config/schema/site.ts";
import { ensure } from "./kubernetes-api.ts";
import type { Lab } from "./lab-state.ts";

/** Kinds that operators outside of this project bring. Their controllers do not run here: objects are only stored. */
const kinds = [
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

/** Nodes and kinds that the stacks find in a real cluster. */
export async function makeSurroundings(
	lab: Pick<Lab, "host" | "token" | "caFile">,
	site: Site,
): Promise<void> {
	const room = { cpu: "16", memory: "64Gi", pods: "110" };
	for (const [name, { controlPlane }] of Object.entries(site.cluster.nodes))
		await ensure(lab, "/api/v1/nodes", {
			apiVersion: "v1",
			kind: "Node",
			metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
			...(controlPlane
				? { spec: { taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }] } }
				: {}),
			status: { allocatable: room, capacity: room },
		});
	for (const { group, version, kind, plural, scope } of kinds)
		await ensure(lab, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
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
}
