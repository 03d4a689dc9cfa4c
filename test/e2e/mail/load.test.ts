import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { messagesInTransfer } from "../../../config/schema/mail-memory.ts";
import { needs, slow } from "../harness/needs.ts";
import { bound, summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import type { Conversation } from "./conversation.ts";
import { greet, logIn, send } from "./mail.ts";
import { info, MailHarness, me, password, podCommands, site } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

needs(...podCommands, "haproxy");

// Each is a quarter of a minute or two on an idle machine.
vi.setConfig({ testTimeout: 600_000 });

const stranger = "stranger@example.net";
const times = <T>(count: number, make: (index: number) => T): T[] =>
	Array.from({ length: count }, (_, i) => make(i));

/** How often each message is in an inbox, of those that carry one of these marks. */
function copies(pod: MailPod, marks: readonly string[]): number[] {
	const found = new Map(marks.map((mark) => [mark, 0]));
	for (const mail of pod.inbox(info)) {
		const mark = /^mark-\S+$/m.exec(mail.replaceAll("\r", ""))?.[0] ?? "";
		const count = found.get(mark);
		if (count !== undefined) found.set(mark, count + 1);
	}
	return [...found.values()];
}

const arrived = (pod: MailPod, marks: readonly string[]) =>
	waitFor("everything arrives", () => copies(pod, marks).every((count) => count > 0), {
		within: 240_000,
		every: 500,
	});

/** Sends messages of these marks one after the other. @returns what was accepted */
async function sendAll(server: Conversation, marks: readonly string[]): Promise<string[]> {
	const accepted: string[] = [];
	for (const mark of marks)
		if (/^250/.test(await send(server, { from: stranger, to: info, body: mark }))) accepted.push(mark);
	return accepted;
}

/** Of a hundred strangers eight are served at once; the others wait, or are put off and come again. */
async function admitted(harness: MailHarness): Promise<Conversation> {
	const from = harness.net.newClient();
	for (let attempt = 0; attempt < 15; attempt++) {
		const server = await harness.call(25, { from }).catch(() => undefined);
		const greeted = server && (await greet(server).catch(() => undefined));
		if (greeted !== undefined) return server as Conversation;
		// Left open, it would have its turn, and the server would wait for it.
		server?.close();
		await sleep(1000);
	}
	throw new Error(`${from} was put off again and again`);
}

test("a thousand messages of a hundred senders arrive once each, over a reload of the edge", async ({
	skip,
}) => {
	slow(skip);
	using harness = new MailHarness();
	const pod = await harness.startPod();
	const edge = await harness.startEdge();
	const senders = times(100, (sender) => times(10, (index) => `mark-${sender}-${index}`));
	const start = Date.now();
	const [accepted] = await Promise.all([
		Promise.all(
			senders.map(async (marks, sender) => {
				// Some begin before the reload, some after it.
				await sleep(sender * 20);
				const server = await admitted(harness);
				const sent = await sendAll(server, marks);
				server.close();
				return sent;
			}),
		),
		sleep(1000).then(() => edge.reload()),
	]);
	const marks = senders.flat();
	expect(accepted.flat()).toHaveLength(1000);
	await arrived(pod, marks);
	expect(copies(pod, marks)).toEqual(times(1000, () => 1));
	summary("load", `1000 messages of 100 senders in ${since(start) / 1000} s`, "none lost, none duplicated");
});

test("no message is lost while the pod moves to another node", async ({ skip }) => {
	slow(skip);
	using harness = new MailHarness();
	let pod = await harness.startPod();
	await harness.startEdge();
	const clients = times(40, () => harness.net.newClient());
	const marks = times(200, (index) => `mark-moved-${index}`);
	/** When the attempts that failed had begun. */
	const failures: number[] = [];
	let lastFailure = 0;
	/** Tries again as mail servers do, only sooner. */
	const deliver = async (mark: string, from: string) => {
		for (const deadline = Date.now() + 240_000; Date.now() < deadline; await sleep(500)) {
			const begun = Date.now();
			try {
				const server = await harness.call(587, { from });
				if ((await logIn(server, { implicit: false, user: me, password })).startsWith("235")) {
					const reply = await send(server, { from: me, to: info, body: mark });
					server.close();
					if (reply.startsWith("250")) return true;
				}
			} catch {}
			lastFailure = Math.max(lastFailure, begun);
			failures.push(begun);
		}
		return false;
	};
	const sending = Promise.all(
		marks.map(async (mark, index) => {
			await sleep(index * 200);
			return await deliver(mark, clients[index % clients.length] ?? "");
		}),
	);
	await sleep(10_000);
	const stopped = Date.now();
	await pod.stop();
	// The volume moves to another node; the edge notices that the pod is gone.
	await sleep(20_000);
	pod = await harness.startPod(harness.net.workers[1]);
	const ready = Date.now();
	expect(await sending).toEqual(marks.map(() => true));
	await arrived(pod, marks);
	const { interval, rise } = site.mail.edge.check;
	const delay = Math.max(0, lastFailure - ready);
	const duplicates = copies(pod, marks).filter((count) => count > 1).length;
	summary(
		"move of the pod",
		`${(ready - stopped) / 1000} s without a pod`,
		`connections succeed ${delay / 1000} s after it is ready`,
		`${failures.length} attempts failed`,
		`none of 200 lost, ${duplicates} duplicated`,
	);
	expect(failures.length).toBeGreaterThan(0);
	expect(delay / 1000).toBeLessThan(bound((interval * rise) / 1000));
});

/** Share of the rate without the edge that is left with it. */
const least = 0.7;

test("the edge costs little of the rate of messages", async ({ skip }) => {
	slow(skip);
	using harness = new MailHarness();
	const pod = await harness.startPod();
	await harness.startEdge();
	/** Messages per second of as many senders as are served at once, whose connections are open already. */
	const rate = async (way: string, host: string) => {
		const servers = await Promise.all(
			times(messagesInTransfer.strangers, async () => {
				const server = await harness.call(25, { host, from: harness.net.newClient() });
				await greet(server);
				return server;
			}),
		);
		const start = Date.now();
		const accepted = await Promise.all(
			servers.map((server, sender) =>
				sendAll(
					server,
					times(25, (index) => `mark-${way}-${sender}-${index}`),
				),
			),
		);
		const elapsed = since(start) / 1000;
		for (const server of servers) server.close();
		expect(accepted.flat()).toHaveLength(25 * servers.length);
		return accepted.flat().length / elapsed;
	};
	// Once before it counts, and in turns: the machine is not equally busy all the time.
	await rate("warm", pod.host.address);
	const rates: Record<"direct" | "edge", number[]> = { direct: [], edge: [] };
	// What else the machine does only slows: the fastest round is the truest, of as many as that takes.
	const fastest = () => [Math.max(...rates.direct), Math.max(...rates.edge)] as const;
	const enough = () => fastest()[1] / fastest()[0] > least;
	for (let round = 0; round < 3 || (round < 12 && !enough()); round++) {
		rates.direct.push(await rate(`direct-${round}`, pod.host.address));
		rates.edge.push(await rate(`edge-${round}`, "203.0.113.1"));
	}
	const [direct, edge] = fastest();
	summary(
		"rate",
		`direct ${direct.toFixed(0)}/s`,
		`edge ${edge.toFixed(0)}/s`,
		`ratio ${(edge / direct).toFixed(2)}`,
	);
	expect(edge / direct).toBeGreaterThan(least);
});
