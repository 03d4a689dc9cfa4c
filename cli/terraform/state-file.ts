/** An instance of a resource, as the state knows it. */
export interface StateObject {
	readonly type: string;
	/** With the key of the instance: `T.N["a"]`, `T.N[0]`. */
	readonly address: string;
}

/** The parts of a state (`terraform state pull`, format 4) that are read here. */
interface State {
	readonly resources?: readonly {
		readonly type: string;
		readonly name: string;
		readonly instances: readonly { readonly status?: string; readonly index_key?: string | number }[];
	}[];
}

/** Objects of a state whose creation did not end. @param text empty when there is no state yet */
export function unfinishedObjects(text: string): StateObject[] {
	const { resources = [] }: State = text === "" ? {} : JSON.parse(text);
	return resources.flatMap(({ type, name, instances }) =>
		instances
			.filter(({ status }) => status === "tainted")
			.map(({ index_key: key }) => ({
				type,
				address: `${type}.${name}${key === undefined ? "" : `[${JSON.stringify(key)}]`}`,
			})),
	);
}
