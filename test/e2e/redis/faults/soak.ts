import type { Attempt } from "../../harness/client-program.ts";
import { summary } from "../../harness/scenario.ts";
import { since } from "../../harness/wait-for.ts";
import { startDeployed } from "../deployed-lab.ts";
import type { RedisLab } from "../redis-lab.ts";
import { applyRound, recovered } from "./apply.ts";
import { describeSet, keepFiles } from "./describe-set.ts";
import { EpochWatch } from "./epochs.ts";
import { Kubelet } from "./kubelet.ts";
import { prepareMachine } from "./machine.ts";
import { describeRound, type Round } from "./schedule.ts";

/** In which a set is whole again after the last fault: the Sentinels trust no clock for 30 s after it has jumped. */
const recoveryBound = 120_000;
/** Longest time from the acknowledgement of a write to its arrival in the append-only file (`everysec`). */
const fileDelay = 2500;

/** What a soak has seen; the lists are empty when all is well. */
export interface SoakReport {
	/** Keys that a majority held, by the round that lost them. */
	readonly lost: readonly string[];
	/** Epochs of which Sentinels have named two masters. */
	readonly disputed: readonly string[];
	readonly rounds: number;
	/** Writes that a majority held. */
	readonly kept: number;
}

/** Keys of the writes that are to survive: a majority had them, in the file where the power was cut. */
function heldOf(attempts: readonly Attempt[], cutAt: readonly number[]): string[] {
	const tooLate = ({ at }: Attempt) => cutAt.some((cut) => at > cut - fileDelay && at <= cut);
	return attempts.filter((attempt) => attempt.held && !tooLate(attempt)).map(({ key }) => key);
}

async function keysOf(lab: RedisLab): Promise<ReadonlySet<string>> {
	return new Set((await (await lab.soleMaster()).command("KEYS", "soak:*")) as string[]);
}

/** @returns seconds that it took @throws with what the nodes say when they stand still */
async function wholeAgain(lab: RedisLab): Promise<number> {
	try {
		return await recovered(lab, recoveryBound);
	} catch (cause) {
		const state = await describeSet(lab);
		throw new Error(`not whole again; logs and volumes are in ${keepFiles(lab)}\n${state}`, { cause });
	}
}

/**
 * Lets one thing after the other fail on a set of three nodes that is being written to, and looks after
 * each round at what is left. Ends early when something is lost.
 *
 * @throws when the set is not whole again within its bound
 */
export async function soak(rounds: Iterable<Round>, minutes: number): Promise<SoakReport> {
	using lab = await startDeployed({}, { machine: prepareMachine });
	using kubelet = new Kubelet(lab);
	using epochs = new EpochWatch(lab);
	const held: string[] = [];
	const lost: string[] = [];
	const recoveries: number[] = [];
	const start = Date.now();
	for (const round of rounds) {
		if (since(start) > minutes * 60_000 || lost.length > 0 || epochs.disputed.length > 0) break;
		summary(`round ${recoveries.length}`, describeRound(round));
		await lab.client.startWriting(lab.proxyTarget, { prefix: `soak:${recoveries.length}`, wait: true });
		const { cutAt } = await applyRound(lab, kubelet, round);
		recoveries.push(await wholeAgain(lab));
		held.push(...heldOf(await lab.client.stopWriting(), cutAt));
		const survivors = await keysOf(lab);
		lost.push(...held.filter((key) => !survivors.has(key)));
	}
	if (lost.length > 0 || epochs.disputed.length > 0)
		summary("soak", `logs and volumes are in ${keepFiles(lab)}`, lost.join(" "));
	summary(
		"soak",
		`${recoveries.length} rounds`,
		`${held.length} writes held`,
		`${lost.length} lost`,
		`${epochs.masters.size} epochs`,
		`${kubelet.restarts} restarts`,
		`whole again within ${Math.max(...recoveries)} s`,
	);
	return { lost, disputed: epochs.disputed, rounds: recoveries.length, kept: held.length };
}
