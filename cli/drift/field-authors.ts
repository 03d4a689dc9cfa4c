import { camelCase } from "../../review/kubernetes/kubernetes-change.ts";
import type { Author } from "./stack-drift.ts";

/** One entry of `metadata.managedFields` of an object. */
export interface ManagedFields {
	readonly manager?: string;
	readonly time?: string;
	readonly subresource?: string;
	readonly fieldsV1?: FieldSet;
}

/** Fields by name with the prefix `f:`; elements of lists by `k:` and `v:`. */
interface FieldSet {
	readonly [field: string]: FieldSet | undefined;
}

/** Names under which Terraform and Helm write: what they wrote is not what somebody else changed. */
const ours = /^(HashiCorp|Terraform|helm|terraform-provider-.*)$/;

/**
 * Who wrote fields of an object, the latest first: the managers of the deepest part of each field that anybody has,
 * without our own programs. Of a field that was removed nothing is left that could tell.
 *
 * @param paths of Terraform's arguments, or of fields: `spec[0].template[0].host_name` and `spec.template.hostName`
 */
export function authorsOf(managed: readonly ManagedFields[], paths: readonly string[]): Author[] {
	const found = new Map<string, Author>();
	const foreign = managed.filter(({ manager = "", subresource }) => !subresource && !ours.test(manager));
	for (const steps of paths.map(stepsOf)) {
		const depths = foreign.map((entry) => [entry, depthIn(entry.fieldsV1, steps)] as const);
		const deepest = Math.max(0, ...depths.map(([, depth]) => depth));
		for (const [{ manager = "", time }, depth] of depths) {
			// The first step alone is "something of its spec".
			if (depth < Math.min(2, steps.length) || depth < deepest) continue;
			found.set(manager, { manager, at: time });
		}
	}
	return [...found.values()].sort((one, other) => ((one.at ?? "") < (other.at ?? "") ? 1 : -1));
}

function depthIn(set: FieldSet | undefined, [step, ...steps]: readonly string[]): number {
	if (set === undefined || step === undefined) return 0;
	const below = set[`f:${step}`];
	return below === undefined ? 0 : 1 + depthIn(below, steps);
}

/** `object.spec[0].host_name["a.b/c"]` -> `spec`, `hostName`, `a.b/c` */
function stepsOf(path: string): string[] {
	const steps = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|([A-Za-z_][\w-]*)/g)].map(
		([, quoted, plain = ""]) => (quoted === undefined ? plain : (JSON.parse(`"${quoted}"`) as string)),
	);
	const [first] = steps;
	const inside = first === "object" || first === "manifest" ? steps.slice(1) : steps;
	// Names of labels and keys of data are nobody's to rewrite.
	const free = inside.findIndex((step) => /^(labels|annotations|data|binary_data|string_data)$/.test(step));
	return inside.map((step, index) => (free !== -1 && index > free ? step : camelCase(step)));
}
