import { jsonObject } from "../../clients/http/exchange.ts";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { type KubernetesChange, kubernetesChange } from "../../review/kubernetes/kubernetes-change.ts";
import { recordsOfRelease } from "../../review/kubernetes/release-records.ts";
import type { Live, LiveTwin } from "../../review/live.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { pooled } from "../../terminal/pool.ts";
import { block, plain } from "../../world/blocks.ts";
import type { Json, World } from "../../world/world.ts";
import { liveClaims } from "./live-claims.ts";

/** Concurrent questions to the API server. */
const atOnce = 4;

/** An object as the API server has it. */
export interface LiveObject {
	readonly kind: string;
	readonly metadata: {
		readonly name: string;
		readonly namespace?: string;
		readonly creationTimestamp?: string;
		readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
		readonly labels?: Readonly<Record<string, string>>;
		readonly ownerReferences?: readonly object[];
	};
	readonly spec?: Json;
}

/** Objects and releases of the cluster with the names of those that a plan makes, and claims that may be meant by them. */
export async function inCluster(made: readonly PlannedChange[], world: World): Promise<Partial<Live>> {
	const objects = made.flatMap((change) => kubernetesChange(change) ?? []).filter(({ name }) => name !== "");
	const releases = made.filter(({ type }) => type === "helm_release");
	if (objects.length + releases.length === 0) return {};
	// One question first: a cluster that does not answer would not answer the others either.
	await askCluster(world.site, ["get", "namespaces/default", "--ignore-not-found", "--output=name"]);
	const kinds = [...Map.groupBy(objects, (object) => `${resourceOf(object)} ${object.namespace}`).values()];
	const looks = [
		...pooled(atOnce, kinds, (group) => ofKind(world.site, group)),
		...pooled(atOnce, releases, (release) => ofRelease(world.site, release)),
	];
	const twins: LiveTwin[] = [];
	const errors = new Set<string>();
	for (const look of await Promise.all(looks))
		if (look.status === "fulfilled") twins.push(...look.value);
		else errors.add((look.reason as Error).message);
	const claims = await liveClaims(world, objects).catch((error: Error) => {
		errors.add(error.message);
		return [];
	});
	return { twins, claims, errors: [...errors] };
}

/** As `kubectl` takes it: with version and group where they are known. */
function resourceOf({ kind, after }: KubernetesChange): string {
	const word = kind.replaceAll("_", "");
	const [group, version] = (plain(after.apiVersion) ?? "").split("/");
	return version === undefined ? word : `${word}.${version}.${group}`;
}

async function ofKind(site: Site, group: readonly KubernetesChange[]): Promise<LiveTwin[]> {
	const [first] = group;
	if (first === undefined) return [];
	const names = group.map((object) => `${resourceOf(object)}/${object.name}`);
	const found = await getObjects(site, [...names, `--namespace=${first.namespace}`]);
	return found.flatMap(({ kind, metadata }) => {
		const object = group.find(({ name }) => name === metadata.name);
		return object === undefined
			? []
			: [{ address: object.change.address, effect: "refused" as const, what: described(kind, metadata) }];
	});
}

function described(
	kind: string,
	{ name, namespace, creationTimestamp, managedFields = [] }: LiveObject["metadata"],
) {
	const [maker] = [...managedFields].sort((one, other) => ((one.time ?? "") < (other.time ?? "") ? -1 : 1));
	const by = maker?.manager === undefined ? "" : `, by ${maker.manager}`;
	return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name} (of ${creationTimestamp}${by})`;
}

async function ofRelease(site: Site, { address, values }: PlannedChange): Promise<LiveTwin[]> {
	const after = values?.after as Json;
	const records = recordsOfRelease(after);
	if (records === undefined || (await getObjects(site, records)).length === 0) return [];
	const { name, namespace } = block(after);
	const what = `release ${plain(name)} of Helm in ${plain(namespace) ?? "default"}`;
	return [{ address, effect: "refused", what }];
}

/** Objects that `kubectl get` finds; none of a kind that the cluster does not have. @throws VisibleError */
export async function getObjects(
	site: Pick<Site, "cluster">,
	args: readonly string[],
): Promise<readonly LiveObject[]> {
	const options = ["--ignore-not-found", "--show-managed-fields", "--output=json"];
	const { code, stdout, stderr } = await kubectl(site, ["get", ...args, ...options]);
	if (code !== 0 && /doesn't have a resource type|no matches for kind/.test(stderr)) return [];
	if (code !== 0 && /\(Forbidden\)/.test(stderr))
		throw new VisibleError("the cluster does not let this identity look at all of it");
	if (code !== 0) throw new VisibleError(`kubectl get: ${stderr.trim().split("\n").at(-1)}`);
	if (stdout.trim() === "") return [];
	const answer = jsonObject(stdout) as (LiveObject & { readonly items?: readonly LiveObject[] }) | undefined;
	if (answer === undefined) throw new VisibleError("kubectl answers with no object");
	return answer.items ?? [answer];
}

async function askCluster(site: Site, args: readonly string[]): Promise<void> {
	const { code, stderr } = await kubectl(site, args);
	if (code !== 0) throw new VisibleError(`the cluster was not asked: ${stderr.trim().split("\n").at(-1)}`);
}
