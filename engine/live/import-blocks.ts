import { VisibleError } from "../../config/schema/visible-error.ts";
import type { Live } from "../../review/live.ts";
import type { PlannedChange } from "../../review/plan/plan-summary.ts";
import { pooled } from "../../terminal/pool.ts";
import { block } from "../../world/blocks.ts";
import { argumentReader, importIdOf } from "../../world/import-ids.ts";
import type { Json, World } from "../../world/world.ts";
import { halfMade } from "./half-made.ts";
import { lookUpImportId } from "./look-up-import-id.ts";

/** Something that a plan creates although it is there, and how to take it over. */
export interface AlreadyThere {
	readonly address: string;
	/** Such as `ConfigMap shop/settings`, with who made it and when, as far as that is known. */
	readonly what: string;
	/** What the importer of its type takes; undefined where there is none, or it cannot be told. */
	readonly id?: string;
	/** Why there is no id. */
	readonly reason?: string;
	/** What made it was cut off halfway, so that it can neither be imported nor created. */
	readonly halfMade?: true;
}

/** Whose world is asked, and with which logins. */
export interface Asked {
	readonly world: Pick<World, "site">;
	readonly env: NodeJS.ProcessEnv;
}

/** Concurrent look-ups. */
const atOnce = 4;

/** What of the creations of a plan is there already, in the order of the plan, each with the id that imports it. */
export async function alreadyThere(
	changes: readonly PlannedChange[],
	{ twins }: Live,
	asked: Asked,
): Promise<AlreadyThere[]> {
	const found = changes.flatMap((change) => {
		// What stands beside is another thing.
		const twin = twins.find(({ address, effect }) => address === change.address && effect !== "beside");
		return twin === undefined ? [] : [{ change, what: twin.what }];
	});
	const answers = await Promise.all(
		pooled(atOnce, found, async ({ change, what }) => ({
			address: change.address,
			what,
			...(await idOf(change, asked)),
		})),
	);
	return answers.map((answer) => {
		if (answer.status === "rejected") throw answer.reason;
		return answer.value;
	});
}

async function idOf(
	change: PlannedChange,
	asked: Asked,
): Promise<{ readonly id: string } | { readonly reason: string; readonly halfMade?: true }> {
	const { type, values } = change;
	try {
		const half = halfMade(change, asked);
		if (half !== undefined && (await half.found()))
			return { reason: `it is half made; so that it can be created: ${half.command}`, halfMade: true };
		const found = importIdOf(type, argumentReader(block(values?.after as Json)));
		if ("none" in found) return { reason: `the provider cannot import a ${type}: ${found.none}` };
		return { id: "id" in found ? found.id : await lookUpImportId(asked.world.site, found.lookUp, asked.env) };
	} catch (error) {
		if (error instanceof VisibleError) return { reason: error.message };
		throw error;
	}
}
