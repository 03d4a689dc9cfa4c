import { jsonObject } from "../../clients/http/exchange.ts";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import type { Site } from "../../config/schema/site.ts";
import { kubernetesChange } from "../../review/kubernetes/kubernetes-change.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { interruption } from "../../terminal/interruption.ts";
import { pooled } from "../../terminal/pool.ts";
import { authorsOf, type ManagedFields } from "./field-authors.ts";
import type { Author, DriftedObject } from "./stack-drift.ts";

/** Concurrent questions to the API server. */
const atOnce = 4;
/** Objects whose authors are asked for: with more, it was a program. */
const mostObjects = 40;

/**
 * Adds who changed each object of the cluster, read from the API server. Where it does not say, nobody is named.
 *
 * @param outside changes outside of the code, as the plan has them
 */
export async function withAuthors(
	site: Site,
	drifted: readonly DriftedObject[],
	outside: readonly PlannedChange[],
): Promise<DriftedObject[]> {
	const changes = new Map(outside.map((change) => [change.address, change]));
	const asked = pooled(atOnce, drifted.slice(0, mostObjects), async (object) => {
		const change = changes.get(object.address);
		const authors = change && object.what === "changed" ? await ask(site, change, object) : [];
		return authors.length === 0 ? object : { ...object, authors };
	});
	const results = await Promise.all(asked);
	interruption.throwIfAborted();
	// Without kubectl the rest of the report is as true as before.
	return drifted.map((object, index) => {
		const result = results[index];
		return result?.status === "fulfilled" ? result.value : object;
	});
}

async function ask(site: Site, change: PlannedChange, drifted: DriftedObject): Promise<Author[]> {
	const object = kubernetesChange(change);
	if (object === undefined || object.name === "") return [];
	const { kind, namespace, name } = object;
	const what = [`${kind.replaceAll("_", "")}/${name}`, `--namespace=${namespace}`];
	const { code, stdout } = await kubectl(site, ["get", ...what, "--output=json", "--show-managed-fields"]);
	const metadata = code === 0 ? jsonObject(stdout)?.metadata : undefined;
	const { managedFields } = (metadata ?? {}) as { readonly managedFields?: readonly ManagedFields[] };
	return authorsOf(
		managedFields ?? [],
		drifted.arguments.map(({ path }) => path),
	);
}
