/**
 * Acknowledged writes that are lost when nodes fail, with the redis stack and with the reference's design, which gets the
 * same third node, in the same run: both under the same faults at the same time, and both written to by a client that
 * takes an answer for a promise. It also asks of each write whether a replica has it (`WAIT`), and of each that is lost who
 * had it.
 *
 * `node test/bench/redis-faults.ts`; `BENCH_RUNS` sets how often each schedule is run (default 1). Ends with exit code 1
 * when a goal is missed, and with a line and 0 without root. Takes some minutes.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { applyRound, recovered } from "../e2e/redis/faults/apply.ts";
import { Kubelet } from "../e2e/redis/faults/kubelet.ts";
import { loseVolume } from "../e2e/redis/faults/machine.ts";
import type { Fault, FaultKind } from "../e2e/redis/faults/schedule.ts";
import type { RedisLab } from "../e2e/redis/redis-lab.ts";

// As main.ts does.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";
if (process.getuid?.() !== 0) {
	process.stdout.write("skipped: network namespaces: root can run it\n");
	process.exit(0);
}
const { startDeployed } = await import("../e2e/redis/deployed-lab.ts");
const { startReference } = await import("../e2e/redis/reference/reference-lab.ts");

const runs = Number(process.env.BENCH_RUNS ?? 1);
/** Milliseconds in which a set is whole again, or is given up. */
const patience = 45_000;

type Schedule = (lab: RedisLab, kubelet: Kubelet) => Promise<unknown>;

/** Ends all at once, and starts the first node a second before the others. */
async function bootFirstNodeFirst(lab: RedisLab, kubelet: Kubelet, meanwhile = () => {}): Promise<void> {
	await Promise.all(lab.nodes.map((node) => kubelet.kill(node)));
	meanwhile();
	for (const node of lab.nodes) {
		kubelet.start(node);
		await sleep(1000);
	}
}

const faults =
	(...list: readonly Omit<Fault, "skew">[]): Schedule =>
	(lab, kubelet) =>
		applyRound(lab, kubelet, {
			faults: list.map((fault) => ({ ...fault, skew: 0 })),
			powerCut: undefined,
		});
const onMaster = (kind: FaultKind) => ({ kind, victim: "master", lasts: 12_000 }) as const;

/** Each begins with the first node as the master. */
const schedules: Readonly<Record<string, Schedule>> = {
	"the first node was away, and boots a second before the others": async (lab, kubelet) => {
		await kubelet.kill(lab.node(0));
		await lab.soleMaster(patience);
		await sleep(5000);
		await bootFirstNodeFirst(lab, kubelet);
	},
	"all lose power, and the first node its volume": (lab, kubelet) =>
		bootFirstNodeFirst(lab, kubelet, () => loseVolume(lab.node(0))),
	"the master is killed while a replica lags": async (lab, kubelet) => {
		lab.node(2).host.slowDown("64kbit");
		await sleep(3000);
		await faults(onMaster("killed"))(lab, kubelet);
		lab.node(2).host.speedUp();
	},
	"the master is cut off from its peers": faults(onMaster("cut off from its peers")),
	"the master freezes": faults(onMaster("frozen")),
};

interface Loss {
	acknowledged: number;
	lost: number;
	/** Of those lost: a replica had said that it has them, so a majority of the three did. */
	held: number;
}

const none: Loss = { acknowledged: 0, lost: 0, held: 0 };

/** Starts anew for each schedule, so that what one has lost already is not in the way of the next. */
async function lossOf(start: () => Promise<RedisLab>, schedule: Schedule): Promise<Loss> {
	using lab = await start();
	using kubelet = new Kubelet(lab);
	await lab.client.startWriting(lab.proxyTarget, { wait: true });
	await sleep(1000);
	await schedule(lab, kubelet);
	await recovered(lab, patience).catch(() => {});
	const attempts = (await lab.client.stopWriting()).filter(({ outcome }) => outcome === "acknowledged");
	const kept = await survivors(lab);
	const lost = attempts.filter(({ key }) => !kept.has(key));
	return { acknowledged: attempts.length, lost: lost.length, held: lost.filter(({ held }) => held).length };
}

/** Keys of whoever leads in the end; where several say so, of the one that has most. */
async function survivors(lab: RedisLab): Promise<ReadonlySet<string>> {
	const masters = await lab.masters();
	const keys = await Promise.all(masters.map((master) => master.command("KEYS", "probe:*")));
	return new Set((keys as string[][]).reduce((most, some) => (some.length > most.length ? some : most), []));
}

const sums = { ours: { ...none }, reference: { ...none } };
function add(design: keyof typeof sums, loss: Loss): string {
	for (const [name, count] of Object.entries(loss)) sums[design][name as keyof Loss] += count;
	return `${design} ${loss.lost} of ${loss.acknowledged} (${loss.held} that a majority held)`;
}

/** Nothing but nodes that start: what a master had alone when it was cut off or killed has no promise, and is just told. */
const startSchedules = new Set(Object.keys(schedules).slice(0, 2));
let lostByStarts = 0;

process.stdout.write("acknowledged writes that were lost:\n");
for (const [what, schedule] of Object.entries(schedules))
	for (let run = 0; run < runs; run++) {
		const [ours, reference] = await Promise.all([
			lossOf(startDeployed, schedule),
			lossOf(() => startReference({ nodes: 3 }), schedule),
		]);
		if (startSchedules.has(what)) lostByStarts += ours.lost;
		process.stdout.write(`  ${add("ours", ours)}, ${add("reference", reference)}: ${what}\n`);
	}

const share = ({ acknowledged, lost }: Loss) => lost / Math.max(1, acknowledged);
const percent = (loss: Loss) => `${(100 * share(loss)).toFixed(2)} %`;
const ratio = share(sums.ours) / share(sums.reference);
process.stdout.write(
	`ours ${percent(sums.ours)}, reference ${percent(sums.reference)}: ${ratio.toFixed(3)} of its share\n`,
);
process.stdout.write(`  lost by the order of starts: ${lostByStarts}, goal 0\n`);
process.stdout.write(`  lost although a majority held them: ${sums.ours.held}, goal 0\n`);
if (lostByStarts > 0 || sums.ours.held > 0) process.exitCode = 1;
