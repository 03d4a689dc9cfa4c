import type { TerraformPlan } from "../review/plan/plan-json.ts";
import { siteOutput } from "../stacks/declaration.ts";
import { UsageError } from "../terminal/usage-error.ts";

/** A resource instance in a state. */
export interface StateObject {
	readonly type: string;
	/** Address with the instance key: `T.N["a"]`, `T.N[0]`. */
	readonly address: string;
}

/** The parts of a state (`terraform state pull`, format 4) that are read here. */
interface State {
	readonly outputs?: Readonly<Record<string, { readonly value: unknown }>>;
	readonly resources?: readonly {
		readonly mode: string;
		readonly type: string;
		readonly name: string;
		readonly instances: readonly { readonly status?: string; readonly index_key?: string | number }[];
	}[];
}

/** Tainted objects of a state. @param text empty when there is no state yet */
export function unfinishedObjects(text: string): StateObject[] {
	const { resources = [] } = parseState(text);
	return resources.flatMap(({ type, name, instances }) =>
		instances
			.filter(({ status }) => status === "tainted")
			.map(({ index_key: key }) => ({
				type,
				address: `${type}.${name}${key === undefined ? "" : `[${JSON.stringify(key)}]`}`,
			})),
	);
}

/** Number of resource instances in a state. @param text empty when there is no state yet */
export function heldObjects(text: string): number {
	const { resources = [] } = parseState(text);
	return resources.filter(({ mode }) => mode === "managed").flatMap(({ instances }) => instances).length;
}

/**
 * Name of the site that a state belongs to; undefined while it is empty. @param text empty when there is no state yet
 */
export function siteOfState(text: string): string | undefined {
	const value = parseState(text).outputs?.[siteOutput]?.value;
	return value === undefined ? undefined : String(value);
}

/**
 * Name of the site whose state a plan was made from; undefined when it was empty. A plan to destroy does not tell it:
 * its output was refreshed.
 */
export function siteOfPlan({ output_changes = {} }: TerraformPlan): string | undefined {
	const before = output_changes[siteOutput]?.before;
	return before === undefined || before === null ? undefined : String(before);
}

/**
 * Checks whose state it is.
 *
 * @throws UsageError when it belongs to another site
 */
export function requireOwnState(
	stack: string,
	site: string,
	{ owner, stateTier }: { readonly owner: string | undefined; readonly stateTier: 0 | 1 },
): void {
	if (owner === undefined || owner === site) return;
	throw new UsageError(
		`stack ${stack}: its state belongs to site ${owner}, and this is site ${site}`,
		`give site ${site} a state of its own: state.tier${stateTier} of its configuration`,
	);
}

function parseState(text: string): State {
	return text === "" ? {} : JSON.parse(text);
}
