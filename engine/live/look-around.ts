import { VisibleError } from "../../config/schema/visible-error.ts";
import type { Live } from "../../review/live.ts";
import type { PlanSummary } from "../../review/plan/plan-summary.ts";
import { interruption } from "../../terminal/interruption.ts";
import type { World } from "../../world/world.ts";
import { inCluster } from "./in-cluster.ts";
import { inVault } from "./in-vault.ts";
import { inZone } from "./in-zone.ts";

/** Milliseconds for everything that is asked about one plan. */
const longest = 30_000;

/**
 * Asks cluster, Vault and zone what is there already of what a plan makes: a state that does not know of something is
 * no sign that it is not there. Nothing is asked for a plan that makes nothing.
 *
 * @param env logins
 * @throws Interrupted
 */
export async function lookAround(
	summary: PlanSummary,
	world: World,
	env: NodeJS.ProcessEnv = process.env,
): Promise<Live> {
	const made = summary.changes.filter(({ action }) => action === "create");
	const parts = await Promise.all([inCluster, inVault, inZone].map((look) => inTime(look(made, world, env))));
	interruption.throwIfAborted();
	return {
		twins: parts.flatMap(({ twins = [] }) => twins),
		claims: parts.flatMap(({ claims = [] }) => claims),
		errors: parts.flatMap(({ errors = [] }) => errors),
	};
}

async function inTime(look: Promise<Partial<Live>>): Promise<Partial<Live>> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new VisibleError(`no answer within ${longest / 1000} s`)), longest);
	});
	try {
		return await Promise.race([look, late]);
	} catch (error) {
		interruption.throwIfAborted();
		// A program that is not there is an error of the system; the plan is as true without it.
		return { errors: [error instanceof Error ? error.message : String(error)] };
	} finally {
		clearTimeout(timer);
	}
}
