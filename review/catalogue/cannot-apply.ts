import { bytesOf } from "../../config/schema/quantity.ts";
import { block, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import type { Json, World } from "../../world/world.ts";
import { findingClass, type Observation } from "../finding-class.ts";
import { changedClaimValues } from "../kubernetes/chart-claims.ts";
import { type KubernetesChange, kubernetesChange } from "../kubernetes/kubernetes-change.ts";
import { refusedPaths } from "../kubernetes/refused-paths.ts";
import { recordsOfRelease } from "../kubernetes/release-records.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";
import { leavingDefinitions } from "../served/leaving-definitions.ts";
import { unserved } from "../served/unserved.ts";

export const cannotApply = findingClass({
	id: "cannot-apply",
	risk: "failure",
	reason:
		"The API server refuses the change or does not serve what it is written in, or the provider never sends it: the apply stops in the middle, or no plan ends empty again.",
	remedy:
		"Undo this part, or have the object made anew on purpose: infra deploy asks for what would be lost with it.",
	*check(planned) {
		const { summary, after } = planned;
		yield* unserved(planned);
		yield* leavingDefinitions(planned);
		for (const change of summary.changes) {
			if (change.action !== "update" && change.action !== "import+update") continue;
			const ofClaims = changedClaimValues(change);
			if (ofClaims.length > 0)
				yield {
					change,
					message: `${ofClaims.join(", ")} would change claim templates of a stateful_set, which cannot change in place`,
					remedy:
						"Change the claims that are there (kubectl edit pvc), take the set away from its pods (kubectl delete statefulset --cascade=orphan), then deploy: Helm makes it anew around them.",
				};
			const pending = pendingRelease(change);
			if (pending !== undefined) yield { change, ...pending };
			const object = kubernetesChange(change);
			if (object === undefined) continue;
			const refused = refusedPaths(object);
			if (refused.length > 0)
				yield { change, message: `${refused.join(", ")} of a ${object.kind} cannot change in place` };
			if (object.kind === "persistent_volume_claim") {
				const message = resizeProblem(object, after);
				if (message !== undefined) yield { change, message };
			}
		}
	},
});

/** Helm refuses a second operation on a release, for ever when the first one was cut off. */
function pendingRelease({ type, values }: PlannedChange): Omit<Observation, "change"> | undefined {
	if (type !== "helm_release") return undefined;
	const before = values?.before as Json;
	const state = plain(block(before).status) ?? "";
	const records = recordsOfRelease(before, state);
	if (!state.startsWith("pending-") || records === undefined) return undefined;
	return {
		message: `the release is ${state}: somebody is at it, or was cut off, and Helm refuses another operation`,
		remedy: `Wait for whoever is at it. When nobody is, remove the record of what was cut off: kubectl delete ${records.join(" ")}`,
	};
}

/** A claim grows where its class allows it, and never shrinks. */
function resizeProblem({ before, after }: KubernetesChange, world: World): string | undefined {
	const [was, will] = [sizeOf(before.spec), sizeOf(after.spec)];
	if (was === undefined || will === undefined || was.bytes === will.bytes) return undefined;
	if (will.bytes < was.bytes) return `a claim of ${was.text} cannot shrink to ${will.text}`;
	const { storage_class_name, storageClassName } = block(after.spec);
	const name = plain(storage_class_name ?? storageClassName) ?? "";
	const found = kubernetesObjects(world).find("storage_class", "default", name)?.resource.arguments;
	if (found === undefined || found.allow_volume_expansion !== false) return undefined;
	return `storage class ${name} does not let the claim grow from ${was.text} to ${will.text}`;
}

function sizeOf(spec: Json | undefined): { readonly text: string; readonly bytes: number } | undefined {
	const text = plain(block(block(block(spec).resources).requests).storage);
	const bytes = text === undefined ? undefined : bytesOf(text);
	return text === undefined || bytes === undefined ? undefined : { text, bytes };
}
