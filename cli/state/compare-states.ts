import { createHash } from "node:crypto";

/** What differs between the state that is stored and one that is to take its place. */
export interface StateDifference {
	/** Objects that only the stored one has: Terraform forgets them, and they go on existing. */
	readonly forgotten: readonly string[];
	/** Objects that only the other one has: Terraform believes that they exist. */
	readonly believed: readonly string[];
	/** Objects of which the other one knows something else. */
	readonly changed: readonly string[];
}

export function compareStates(stored: string | undefined, other: string): StateDifference {
	const [before, after] = [objectsOf(stored ?? "{}"), objectsOf(other)];
	const only = (one: ReadonlyMap<string, string>, two: ReadonlyMap<string, string>) =>
		[...one.keys()].filter((address) => !two.has(address));
	return {
		forgotten: only(before, after),
		believed: only(after, before),
		changed: [...after].flatMap(([address, digest]) =>
			before.has(address) && before.get(address) !== digest ? [address] : [],
		),
	};
}

/** What is lost, in lines for who has to confirm it; empty when the states hold the same. */
export function renderDifference({ forgotten, believed, changed }: StateDifference): readonly string[] {
	const listed = (addresses: readonly string[], what: string) =>
		addresses.map((address) => `  ${address}: ${what}`);
	return [
		...listed(forgotten, "is forgotten, and goes on existing: the next deploy tries to create it again"),
		...listed(believed, "is taken for existing: the next plan looks for it, and creates it where it is gone"),
		...listed(changed, "what is known of it is older: the next plan compares it with what there is"),
	];
}

/** Digests of resource instances by their address. */
function objectsOf(text: string): Map<string, string> {
	const { resources = [] } = JSON.parse(text) as {
		readonly resources?: readonly {
			readonly module?: string;
			readonly mode: string;
			readonly type: string;
			readonly name: string;
			readonly instances: readonly { readonly index_key?: string | number; readonly deposed?: string }[];
		}[];
	};
	return new Map(
		resources
			.filter(({ mode }) => mode === "managed")
			.flatMap(({ module, type, name, instances }) =>
				instances.map((instance): [string, string] => {
					const { index_key: key, deposed } = instance;
					const index = key === undefined ? "" : `[${JSON.stringify(key)}]`;
					const address = `${module === undefined ? "" : `${module}.`}${type}.${name}${index}`;
					const digest = createHash("sha256").update(JSON.stringify(instance)).digest("hex");
					return [deposed === undefined ? address : `${address} (deposed ${deposed})`, digest];
				}),
			),
	);
}
