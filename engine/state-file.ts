import { siteOutput } from "../stacks/declaration.ts";

/** An instance of a resource, as the state knows it. */
export interface StateObject {
	readonly type: string;
	/** With the key of the instance: `T.N["a"]`, `T.N[0]`. */
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

/** Objects of a state whose creation did not end. @param text empty when there is no state yet */
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

/** How many instances of resources a state holds. @param text empty when there is no state yet */
export function heldObjects(text: string): number {
	const { resources = [] } = parseState(text);
	return resources.filter(({ mode }) => mode === "managed").flatMap(({ instances }) => instances).length;
}

/** Name of the site that a state is of; undefined while it is empty. @param text empty when there is no state yet */
export function siteOfState(text: string): string | undefined {
	const value = parseState(text).outputs?.[siteOutput]?.value;
	return value === undefined ? undefined : String(value);
}

function parseState(text: string): State {
	return text === "" ? {} : JSON.parse(text);
}
