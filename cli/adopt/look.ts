import { lookAround } from "../../engine/live/look-around.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { references } from "../../world/references.ts";
import type { Json, World } from "../../world/world.ts";
import type { NewObject } from "./objects.ts";

/** What was found in cluster, Vault and zone of what stacks declare. */
export interface Found {
	/** Identities of what is there. */
	readonly existing: ReadonlySet<string>;
	/** Why a part of the world could not be asked. */
	readonly errors: readonly string[];
}

/** Asks for objects that no older state has. */
export async function findInWorld(objects: readonly NewObject[], world: World): Promise<Found> {
	const { literalOf } = references(world);
	const changes = objects.map(({ stack, address, path, type, resource }): PlannedChange => {
		const after = resolved(resource.arguments, (value) => literalOf(stack, value));
		return {
			action: "create",
			address: `${stack} ${address}`,
			path,
			type,
			because: [],
			values: { before: null, after },
		};
	});
	const { twins, errors } = await lookAround({ stack: "", changes, outputs: 0 }, world);
	const there = new Set(twins.filter(({ effect }) => effect !== "beside").map(({ address }) => address));
	return {
		existing: new Set(
			objects.flatMap(({ stack, address, is }) =>
				is !== undefined && there.has(`${stack} ${address}`) ? [is] : [],
			),
		),
		errors,
	};
}

/** Arguments with what they refer to in the place of references. */
function resolved(value: Json | undefined, textOf: (value: Json) => string | undefined): Json {
	if (typeof value === "string") return textOf(value) ?? value;
	if (Array.isArray(value)) return value.map((item) => resolved(item, textOf));
	if (typeof value !== "object" || value === null) return value ?? null;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, textOf)]));
}
