import { type ArgumentChange, argumentChanges } from "../../review/plan/argument-changes.ts";
import { lossOfData } from "../../review/plan/loss.ts";
import { authorsOf, type ManagedFields } from "./field-authors.ts";
import type { ApiObject } from "./release-manifest.ts";
import type { DriftedObject } from "./stack-drift.ts";

/** What the API server itself writes into every object. */
const bookkeeping = [
	"managedFields",
	"resourceVersion",
	"generation",
	"creationTimestamp",
	"uid",
	"selfLink",
];

/** Which object, whatever its content. */
export function identityOf({ apiVersion, kind, metadata }: ApiObject, namespace: string): string {
	const group = apiVersion.includes("/") ? apiVersion.split("/")[0] : "";
	return [group, kind, metadata.namespace ?? namespace, metadata.name].join(" ");
}

/** How an object is named to people: `ConfigMap shop/settings`. */
export function nameOf({ kind, metadata: { name, namespace } }: ApiObject): string {
	return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/**
 * How an object of the cluster differs from what it would be if its manifest was applied; undefined when it does not.
 *
 * @param owner what Terraform knows of it: address and construct path of the release
 * @param wanted as the API server would store it
 * @param live undefined when it is gone
 */
export function compareObject(
	owner: { readonly address: string; readonly path: string },
	wanted: ApiObject,
	live: ApiObject | undefined,
): DriftedObject | undefined {
	const object = { address: `${owner.address}: ${nameOf(wanted)}`, path: owner.path };
	if (live === undefined) {
		const lost = Object.hasOwn(lossOfData, `kubernetes_${snakeCase(wanted.kind)}_v1`);
		const consequences = lost ? ["a new one does not have what it held"] : [];
		return { ...object, what: "deleted", risk: lost ? "danger" : "caution", arguments: [], consequences };
	}
	const changed = differences(wanted, live);
	if (changed.length === 0) return undefined;
	const paths = changed.map(({ path }) => path);
	const authors = authorsOf((live.metadata.managedFields ?? []) as ManagedFields[], paths);
	return { ...object, what: "changed", risk: "notice", arguments: changed, consequences: [], authors };
}

function differences(wanted: ApiObject, live: ApiObject): ArgumentChange[] {
	const [before, after] = [comparable(wanted), comparable(live)];
	// Whoever may read Secrets here must not show them to others.
	const secret = wanted.kind === "Secret" ? { data: true, stringData: true } : undefined;
	return argumentChanges({
		actions: ["update"],
		before,
		after,
		before_sensitive: secret,
		after_sensitive: secret,
	});
}

function comparable({ status: _, ...object }: ApiObject): object {
	const metadata = Object.fromEntries(
		Object.entries(object.metadata).filter(([key]) => !bookkeeping.includes(key)),
	);
	// A controller fills in the rules of an aggregated role.
	const { rules, ...rest } = object;
	return { ...rest, ...(object.aggregationRule === undefined ? { rules } : {}), metadata };
}

/** `StatefulSet` -> `stateful_set` */
export function snakeCase(kind: string): string {
	return kind.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}
