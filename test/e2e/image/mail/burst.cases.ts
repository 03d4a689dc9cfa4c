import { setTimeout as sleep } from "node:timers/promises";
import { expect, inject, test } from "vitest";
import { filterProcesses, messagesInTransfer } from "../../../../config/schema/mail-memory.ts";
import { MiB } from "../../../../config/schema/quantity.ts";
import { summary } from "../../harness/scenario.ts";
import { since, waitFor } from "../../harness/wait-for.ts";
import type { Conversation } from "../../mail/conversation.ts";
import { logIn } from "../../mail/mail.ts";
import type { MailPod } from "../../mail/mail-pod.ts";
import type { ImageContainer } from "../image-container.ts";
import {
	envelopeOf,
	hardest,
	hardKinds,
	type Kind,
	type Message,
	mixed,
	ruinousKinds,
	textOf,
} from "./messages.ts";
import { info, me, type Now, passwordOf, type Running } from "./running.ts";

/** @throws when nobody answers; the connection is closed then, or the server would wait for its client, too */
async function connected({ harness }: Running, kind: Kind, from: string): Promise<Conversation> {
	const server = await harness.call(kind === "submitted" ? 587 : 25, { from });
	try {
		if (kind !== "submitted") {
			// Where many come, all processes of the server are busy, and the rest of them wait.
			await server.until(/(?:^|\n)220 [^\n]*\n/, 120_000);
			await server.ask("EHLO client.example.net");
		} else if (
			!(await logIn(server, { implicit: false, user: me, password: passwordOf(me) })).startsWith("235")
		)
			throw new Error("no login");
		return server;
	} catch (error) {
		server.close();
		throw error;
	}
}

/** One message over an open connection. @returns the last reply */
async function transfer(server: Conversation, one: Message): Promise<string> {
	const [from, to] = envelopeOf(one.kind);
	for (const command of [`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, "DATA"]) {
		const reply = await server.ask(command);
		if (!/^[23]/.test(reply)) return reply;
	}
	server.write(textOf(one));
	return await server.until(/\d{3} [^\n]*\n/, 240_000);
}

/** How often a sender was told to come again, or cut off. */
let retries = 0;

/** Sends as a mail server does: what is put off is tried again. @returns the last replies, in order */
async function sendAll(
	running: Running,
	messages: readonly Message[],
	from = running.harness.net.newClient(),
): Promise<string[]> {
	const replies: string[] = [];
	let server: Conversation | undefined;
	for (const one of messages) {
		let reply = "400 not tried";
		for (let attempt = 0; attempt < 8 && /^4/.test(reply); attempt++) {
			if (attempt > 0) {
				retries++;
				await sleep(6000);
			}
			try {
				server ??= await connected(running, one.kind, from);
				reply = await transfer(server, one);
				// For the rest of a connection Postfix puts off what comes after the filter has failed.
				if (/^4/.test(reply)) throw new Error(reply);
			} catch (error) {
				reply = `400 ${error}`;
				server?.close();
				server = undefined;
			}
		}
		replies.push(reply.trim());
	}
	server?.close();
	return replies;
}

/** Runs so many at once. */
async function pooled<T, R>(items: readonly T[], width: number, run: (item: T) => Promise<R>): Promise<R[]> {
	const results: R[] = [];
	let next = 0;
	const worker = async () => {
		for (let index = next++; index < items.length; index = next++)
			results[index] = await run(items[index] as T);
	};
	await Promise.all(Array.from({ length: width }, worker));
	return results;
}

const markIn = (text: string) => /^Subject: (.*?)\r?$/m.exec(text.slice(0, 8192))?.[1] ?? "";

/** That all of these messages arrived where they should, each judged or signed by the filter, and nothing was killed. */
function expectAll({ pod, relay, container, signed }: Running, messages: readonly Message[]): void {
	const marksOf = (kind: Kind) =>
		messages
			.filter((one) => one.kind === kind)
			.map(({ mark }) => mark)
			.sort();
	const marks = new Set(messages.map(({ mark }) => mark));
	const inbox = pod
		.inbox(info)
		.map((mail) => mail.slice(0, 8192))
		.filter((mail) => marks.has(markIn(mail)));
	expect(inbox.map(markIn).sort()).toEqual(marksOf("letter"));
	expect(inbox.filter((mail) => !/^Authentication-Results: /m.test(mail)).map(markIn)).toEqual([]);
	const relayed = relay.taken.filter(({ text }) => marks.has(markIn(text)));
	expect(relayed.map(({ text }) => markIn(text)).sort()).toEqual(marksOf("submitted"));
	expect(relayed.filter(({ text }) => !signed(text)).map(({ text }) => markIn(text))).toEqual([]);
	expect(container.kills).toBe(0);
}

const emptyQueue = (pod: MailPod) =>
	waitFor("the queue is empty", async () => (await pod.runAside("postqueue", "-j")).trim() === "", {
		within: 240_000,
		every: 1000,
	});

/** Many messages, and the largest: what the pod's memory is for. */
export function theBurst(now: Now): void {
	const memory = ({ peak, memoryLimit }: ImageContainer) =>
		`most memory in use ${peak >> 20} of ${memoryLimit >> 20} MiB, caches included`;

	test("strangers' largest letters, hard and ruinous, more at once than are filtered: what is taken is scanned, nothing is killed", {
		timeout: 600_000,
	}, async () => {
		const kinds = [...hardKinds, ...hardKinds.slice(0, 2)];
		const letters = kinds.map((kind, index) => hardest(kind, `hard ${index}: ${kind}`));
		const bombs = ruinousKinds.map((kind) => hardest(kind, `ruinous: ${kind}`));
		const all = [...letters, ...bombs];
		expect(all.length).toBeGreaterThan(2 * filterProcesses);
		expect(all.length).toBeGreaterThan(messagesInTransfer.strangers);
		// All of them have waited for the greeting before the first sends.
		const clients = all.map(() => now().harness.net.newClient());
		await Promise.all(clients.map(async (from) => (await connected(now(), "letter", from)).close()));
		const begin = Date.now();
		const sendOne = async (one: Message, from: string | undefined) =>
			bombs.includes(one)
				? await transfer(await connected(now(), "letter", from ?? ""), one)
				: (await sendAll(now(), [one], from)).join();
		const replies = await Promise.all(all.map((one, index) => sendOne(one, clients[index])));
		const wrong = all.flatMap((one, index) => {
			const right = bombs.includes(one) ? /^(250|451|554)/ : /^250/;
			return right.test(replies[index] ?? "") ? [] : [`${one.mark} ${replies[index]}`];
		});
		expect(wrong).toEqual([]);
		await emptyQueue(now().pod);
		const [parts] = bombs as [Message];
		const first = replies[all.indexOf(parts)] ?? "";
		// Another's ruin may have ended the process that had it: then it is told at its next try.
		const told = first.startsWith("451") ? await sendOne(parts, clients[all.indexOf(parts)]) : first;
		expect(told).toMatch(/^554 .*begin with two hyphens/);
		expectAll(
			now(),
			all.filter((_, index) => replies[index]?.startsWith("250")),
		);
		summary(
			"hard hypertext",
			`${all.length} letters of the largest size in ${since(begin) / 1000} s`,
			`${replies.filter((reply) => !reply.startsWith("250")).length} refused`,
			memory(now().container),
		);
	});

	test("a burst of mixed messages up to the limit: none is lost, unscanned or unsigned", {
		timeout: 1_500_000,
	}, async () => {
		const count = inject("slow") ? 1000 : 100;
		const messages = Array.from({ length: count }, (_, index) => mixed(index));
		const senders = Array.from({ length: count / 10 }, (_, sender) =>
			messages.slice(10 * sender, 10 * sender + 10),
		);
		const begin = Date.now();
		const before = retries;
		const replies = (await pooled(senders, 30, (some) => sendAll(now(), some))).flat();
		const wrong = messages.flatMap(({ mark, kind }, index) =>
			replies[index]?.startsWith(kind === "spam" ? "554" : "250") ? [] : [`${mark} ${replies[index]}`],
		);
		expect(wrong).toEqual([]);
		await emptyQueue(now().pod);
		const seconds = since(begin) / 1000;
		expectAll(now(), messages);
		// The last thing that the pod told: nothing waits any more.
		await waitFor(
			"the pod tells of an empty queue",
			() => /^mail_queue_oldest_seconds 0\n.*\n$/m.test(now().told.slice(-100)),
			{ within: 60_000 },
		);
		expect(now().told).toMatch(/^mail_queue_messages\{queue="active"\} [1-9]/m);
		const volume = messages.reduce((sum, { size }) => sum + size, 0) / MiB;
		summary(
			"burst",
			`${count} messages, ${Math.round(volume)} MiB, in ${seconds.toFixed(0)} s`,
			`${retries - before} put off and sent again`,
			memory(now().container),
		);
	});
}
