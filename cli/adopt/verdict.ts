import type { StackPlan } from "../../engine/plan/plan-stack.ts";
import { kubernetesChange } from "../../review/kubernetes/kubernetes-change.ts";
import type { PlannedAction, PlannedChange } from "../../review/plan/plan-summary.ts";
import { statefulTypes } from "../../world/stateful-types.ts";
import type { MapEntry } from "./map-file.ts";

/** What a plan may do to what runs, and no more. */
const allowed: ReadonlySet<PlannedAction> = new Set(["create", "import", "import+update", "move", "update"]);

/**
 * Why the objects of a stack cannot be adopted as the map has it; empty where nothing is lost.
 *
 * @param plan of the code on a copy of the state that would be written
 * @param left objects that stay where they are
 */
export function refusals({ summary, findings, live }: StackPlan, left: readonly MapEntry[]): string[] {
	const { changes } = summary;
	const made = changes.filter(({ action }) => action === "create");
	const twins = (live?.twins ?? []).filter(({ effect }) => effect !== "beside");
	return [
		...changes
			.filter(({ action }) => !allowed.has(action))
			.map(
				({ action, address, because }) =>
					`${address}: the plan would ${action} it${because.length === 0 ? "" : ` because of ${because.join(", ")}`}`,
			),
		...twins.map(
			({ address, what }) => `${address} would be created, and ${what} is already there: how: import`,
		),
		...findings
			.filter(({ class: name, risk }) => name === "unmanaged-twin" && risk === "danger")
			.filter(({ address }) => !twins.some((twin) => twin.address === address))
			.map(({ address, message }) => `${address}: ${message}`),
		...made.flatMap((change) => besideOld(change, left)),
		...(made.length === 0 ? [] : (live?.errors ?? [])).map(
			(error) => `${made.length} would be created, and nobody knows whether they are there already: ${error}`,
		),
	];
}

/** A new object that holds data, beside an old one of its kind and place that nothing takes. */
function besideOld(change: PlannedChange, left: readonly MapEntry[]): string[] {
	if (!Object.hasOwn(statefulTypes, change.type)) return [];
	const object = kubernetesChange(change);
	const alike = left.filter(({ is = "", unrelated }) => {
		if (unrelated === true) return false;
		if (object === undefined) return is.startsWith(placeOf(change.type));
		const place = object.kind === "persistent_volume" ? "" : `${object.namespace}/`;
		return is.startsWith(`${object.kind} ${place}`);
	});
	return alike.map(
		({ is, from, state }) =>
			`${change.address} would be new and empty beside ${is} (${from} of ${state}), which nothing takes: give the new one its name, or write unrelated: true to the old one`,
	);
}

/** How identities of the other types begin that hold data. */
function placeOf(type: string): string {
	if (type === "vault_transit_secret_backend_key") return "Vault transit/keys/";
	return type.startsWith("vault_") ? "Vault sys/mounts/" : "machine ";
}
