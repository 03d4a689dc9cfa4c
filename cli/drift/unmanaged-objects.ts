import { ownedBy } from "../../config/registry/owner-names.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { World } from "../../world/world.ts";
import { snakeCase } from "./compare-objects.ts";
import type { Release } from "./release-drift.ts";
import type { ApiObject } from "./release-manifest.ts";

/** Kinds that people write, as `kubectl get` takes them. What controllers keep for themselves is not among them. */
export const inventoriedKinds = [
	"configmaps",
	"cronjobs.batch",
	"daemonsets.apps",
	"deployments.apps",
	"horizontalpodautoscalers.autoscaling",
	"ingresses.networking.k8s.io",
	"jobs.batch",
	"limitranges",
	"networkpolicies.networking.k8s.io",
	"persistentvolumeclaims",
	"poddisruptionbudgets.policy",
	"resourcequotas",
	"rolebindings.rbac.authorization.k8s.io",
	"roles.rbac.authorization.k8s.io",
	"secrets",
	"serviceaccounts",
	"services",
	"statefulsets.apps",
] as const;

/** Namespaces of a stack that hold what the code makes and nothing else: what is in a tenant's is the tenant's. */
export function ownNamespaces(world: World, stack: string): string[] {
	return kubernetesObjects(world)
		.all.filter(({ kind, resource }) => kind === "namespace" && resource.stack === stack)
		.filter(({ labels }) => labels[ownedBy.key] !== ownedBy.value)
		.map(({ name }) => name);
}

/**
 * Objects of a namespace that neither the code nor a release of it has made, nor a controller for one of them.
 *
 * @param objects of the namespace, of all inventoried kinds
 * @param releases of all stacks
 */
export function unmanagedIn(
	world: World,
	namespace: string,
	objects: readonly ApiObject[],
	releases: readonly Release[],
): ApiObject[] {
	const { find } = kubernetesObjects(world);
	const ours = new Set(releases.filter((one) => one.namespace === namespace).map(({ name }) => name));
	const claims = objects.filter(({ kind }) => kind === "StatefulSet").flatMap(claimPrefixes);
	return objects.filter(
		(object) =>
			find(snakeCase(object.kind), namespace, object.metadata.name) === undefined &&
			!isOwned(object) &&
			!isOfRelease(object, ours) &&
			!isOfCluster(object) &&
			!(object.kind === "PersistentVolumeClaim" && claims.some((prefix) => isClaimOf(object, prefix))),
	);
}

/** Whether a controller made it for another object, or a policy of the code did. */
function isOwned({ metadata: { ownerReferences = [], labels = {} } }: ApiObject): boolean {
	return ownerReferences.length > 0 || labels["app.kubernetes.io/managed-by"] === "kyverno";
}

/** Whether Helm made it for a release of the code, or keeps a revision of one in it. */
function isOfRelease(
	{ type, metadata: { annotations = {}, labels = {} } }: ApiObject,
	ours: ReadonlySet<string>,
) {
	const release = type === "helm.sh/release.v1" ? labels.name : annotations["meta.helm.sh/release-name"];
	return release !== undefined && ours.has(release);
}

/** Whether every namespace gets one like it from the cluster itself. */
function isOfCluster({ kind, type, metadata: { name, annotations = {} } }: ApiObject): boolean {
	if (kind === "ConfigMap") return name === "kube-root-ca.crt";
	if (kind === "ServiceAccount") return name === "default";
	// Made for an account, which is judged itself.
	return (
		type === "kubernetes.io/service-account-token" && "kubernetes.io/service-account.name" in annotations
	);
}

/** Beginnings of the names of claims that a StatefulSet makes, which it does not own. */
function claimPrefixes({ metadata: { name }, spec }: ApiObject): string[] {
	const { volumeClaimTemplates = [] } = (spec ?? {}) as {
		readonly volumeClaimTemplates?: readonly { readonly metadata?: { readonly name?: string } }[];
	};
	return volumeClaimTemplates.map(({ metadata }) => `${metadata?.name}-${name}-`);
}

function isClaimOf({ metadata: { name } }: ApiObject, prefix: string): boolean {
	return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
}
