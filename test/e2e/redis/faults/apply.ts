import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../../harness/wait-for.ts";
import type { LabNode } from "../lab-node.ts";
import type { RedisLab } from "../redis-lab.ts";
import type { Kubelet } from "./kubelet.ts";
import { emptyDisk, fillDisk, loseVolume, stepClock } from "./machine.ts";
import type { Fault, FaultKind, PowerCut, Round } from "./schedule.ts";

/** Ends a fault. */
type End = () => void | Promise<void>;
type Begin = (node: LabNode, lab: RedisLab, kubelet: Kubelet, fault: Fault) => End | Promise<End>;

/** Rate at which Sentinels still understand each other, and replication lags. */
const slowRate = "64kbit";

const killed: Begin = async (node, _lab, kubelet) => {
	await kubelet.kill(node);
	return () => kubelet.start(node);
};

function frozen(container: number | undefined): Begin {
	return (node, _lab, kubelet) => {
		const daemons = container === undefined ? node.daemons : node.daemons.slice(container, container + 1);
		for (const daemon of daemons) daemon.signal("SIGSTOP");
		// The kubelet may have started it again.
		return () => {
			if (kubelet.runs(node)) for (const daemon of daemons) daemon.signal("SIGCONT");
		};
	};
}

/** Cuts a node off. @param whom of its peers */
function cutOff(whom: (peers: readonly LabNode[]) => readonly LabNode[]): Begin {
	return (node, lab) => {
		const addresses = whom(lab.nodes.filter((peer) => peer !== node)).map(({ host }) => host.address);
		node.host.cutOffFrom(addresses);
		return () => node.host.reconnectTo(addresses);
	};
}

const faults: Readonly<Record<FaultKind, Begin>> = {
	killed,
	stopped: async (node, _lab, kubelet) => {
		await kubelet.stop(node);
		return () => kubelet.start(node);
	},
	"cut off from its peers": cutOff((peers) => peers),
	"cut off from one peer": cutOff((peers) => peers.slice(0, 1)),
	frozen: frozen(undefined),
	"with a frozen Sentinel": frozen(1),
	"on a slow link": (node) => {
		node.host.slowDown(slowRate);
		return () => node.host.speedUp();
	},
	"without its volume": async (node, lab, kubelet, fault) => {
		const end = await killed(node, lab, kubelet, fault);
		loseVolume(node);
		return end;
	},
	"with a full disk": (node) => {
		fillDisk(node);
		return () => emptyDisk(node);
	},
	"with a wrong clock": (node, _lab, _kubelet, { skew }) => {
		stepClock(node, skew);
		return () => stepClock(node, 0);
	},
	"while it rewrites its file": async (node) => {
		const ask = (...args: string[]) => node.command(...args).catch(() => {});
		await ask("CONFIG", "SET", "rdb-key-save-delay", "2000");
		await ask("BGREWRITEAOF");
		return async () => {
			await ask("CONFIG", "SET", "rdb-key-save-delay", "0");
		};
	},
};

async function victimOf(lab: RedisLab, { victim }: Fault): Promise<LabNode> {
	const roles = await Promise.all(lab.nodes.map((node) => node.role()));
	const master = Math.max(0, roles.indexOf("master"));
	const [first, last] = lab.nodes.filter(({ ordinal }) => ordinal !== master) as [LabNode, LabNode];
	return { master: lab.node(master), "first replica": first, "last replica": last }[victim];
}

/** Times of `Date.now()` at which the power was cut. */
export interface Cuts {
	readonly cutAt: number[];
}

/** Applies a round, and comes back once its last fault is over. */
export async function applyRound(
	lab: RedisLab,
	kubelet: Kubelet,
	{ faults: list, powerCut }: Round,
): Promise<Cuts> {
	const cutAt: number[] = [];
	for (const [index, fault] of list.entries()) {
		const node = await victimOf(lab, fault);
		const end = await faults[fault.kind](node, lab, kubelet, fault);
		const over = sleep(fault.lasts).then(end);
		// Awaited below: what fails before that is no unhandled rejection.
		over.catch(() => {});
		if (index === 0 && powerCut !== undefined) {
			await sleep(Math.min(fault.lasts, 3000));
			cutAt.push(Date.now());
			await cutPower(lab, kubelet, powerCut, node);
		}
		await over;
	}
	return { cutAt };
}

/** A node that is away by a fault of its own starts when that is over. */
async function cutPower(
	lab: RedisLab,
	kubelet: Kubelet,
	{ order, gap }: PowerCut,
	away: LabNode,
): Promise<void> {
	const wasAway = !kubelet.runs(away);
	await Promise.all(lab.nodes.map((node) => kubelet.kill(node)));
	for (const ordinal of order) {
		const node = lab.node(ordinal);
		if (node === away && wasAway) continue;
		kubelet.start(node);
		await sleep(gap);
	}
}

/** Waits until one node leads, the others follow it, every Sentinel knows all of that, and the proxy takes writes. */
export async function recovered(lab: RedisLab, within: number): Promise<number> {
	const start = Date.now();
	const whole = () => expectWhole(lab).then(() => true);
	await waitFor("the set is whole again", whole, { within, every: 250 });
	return (Date.now() - start) / 1000;
}

/** @throws with what is missing */
async function expectWhole(lab: RedisLab): Promise<void> {
	const peers = lab.nodes.length - 1;
	const states = await Promise.all(lab.nodes.map((node) => node.replication()));
	const linked = states.filter(({ master_link_status }) => master_link_status === "up").length;
	const roles = states.map(({ role, master_link_status }) => `${role} ${master_link_status ?? ""}`);
	const masters = lab.nodes.filter((_, index) => states[index]?.role === "master");
	if (masters.length !== 1 || linked !== peers) throw new Error(`roles: ${roles.join(", ")}`);
	for (const node of lab.nodes) {
		const watched = await node.watched();
		const known = ["ip", "flags", "num-other-sentinels"].map((name) => watched[name]).join(" ");
		if (known !== `${masters[0]?.name} master ${peers}`)
			throw new Error(`the Sentinel of ${node.name}: ${known}; ${roles.join(", ")}`);
	}
	await lab.client.command(lab.proxyTarget, ["SET", "whole", "yes"], 500);
}
