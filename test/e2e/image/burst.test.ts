import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { MiB } from "../../../config/schema/quantity.ts";
import type { Daemon } from "../harness/daemon.ts";
import { needs } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import type { Conversation } from "../mail/conversation.ts";
import { DkimSignature } from "../mail/dkim-signature.ts";
import { greet, logIn } from "../mail/mail.ts";
import { domain, info, MailHarness, me, password, podCommands, site } from "../mail/mail-harness.ts";
import type { MailPod } from "../mail/mail-pod.ts";
import type { Relay } from "../mail/relay.ts";
import type { ImageContainer } from "./image-container.ts";
import { needsRoot } from "./needs-root.ts";

const able = needs(...podCommands, "runc", "dnsmasq", "haproxy", "openssl");
const root = await needsRoot(site.mail.image);

const { memory: podMemory, messageSizeLimit } = site.mail;
const KiB = 1024;
const stranger = "stranger@example.net";
/** The text that every filter takes for spam (GTUBE). */
const gtube = ["XJS*C4JDBQADN1.NSBN3*2IDNEN*", "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL", "*C.34X"].join("");

let harness: MailHarness;
let pod: MailPod;
let relay: Relay;
/** Takes what the pod tells of its queue, and prints it. */
let gateway: Daemon;
const gatewayProgram = `require("node:http").createServer((request, response) => {
	request.pipe(process.stdout, { end: false });
	request.on("end", () => response.end());
}).listen(9099, "127.0.0.1")`;

beforeAll(async () => {
	if (!able || root === undefined) return;
	harness = new MailHarness(site, root);
	relay = await harness.startRelay();
	pod = await harness.startPod(harness.net.workers[0], {
		env: { INFRA_PUSHGATEWAY: "http://127.0.0.1:9099", INFRA_QUEUE_SECONDS: "1" },
	});
	gateway = pod.host.start("gateway", process.execPath, ["-e", gatewayProgram]);
	await harness.startEdge();
}, 400_000);
afterAll(async () => {
	await pod?.kill();
	harness?.[Symbol.dispose]();
});

type Kind = "letter" | "spam" | "submitted";

interface Message {
	readonly mark: string;
	readonly kind: Kind;
	/** Whole size in bytes, about. */
	readonly size: number;
}

/**
 * Of ten senders six write to a mailbox, one sends spam, and three are accounts that write to the world. Of 900
 * messages that are no spam, three are of the size limit, 21 of 4 MiB, 69 of 512 KiB, 163 of 64 KiB, 644 of 1 KiB.
 */
function message(index: number): Message {
	const sender = Math.floor(index / 10) % 10;
	const kind = sender < 6 ? "letter" : sender === 6 ? "spam" : "submitted";
	// The filter looks for that text in small messages only.
	return { mark: `mark-${index}-`, kind, size: kind === "spam" ? KiB : sizeOf(index) };
}

function sizeOf(index: number): number {
	// Postfix counts what it adds to the header, too.
	if (index === 78 || index % 333 === 36) return messageSizeLimit - 8 * KiB;
	if (index % 46 === 7) return 4 * MiB;
	if (index % 12 === 5) return 512 * KiB;
	return index % 5 === 1 ? 64 * KiB : KiB;
}

/** Header and body: an attachment where it is large, hypertext where it is of middle size, else a letter. */
function textOf({ mark, kind, size }: Message): string {
	const type =
		size > MiB ? "application/octet-stream" : size > 100 * KiB ? "text/html" : "text/plain; charset=utf-8";
	const [sender, recipient] = kind === "submitted" ? [me, stranger] : [stranger, info];
	const lines = [
		`From: <${sender}>`,
		`To: <${recipient}>`,
		`Subject: ${mark}`,
		`Date: ${new Date().toUTCString()}`,
		`Message-ID: <${mark}@${sender.split("@")[1]}>`,
		"MIME-Version: 1.0",
		`Content-Type: ${type}`,
		...(size > MiB ? ["Content-Transfer-Encoding: base64"] : []),
		"",
		...(kind === "spam" ? [gtube] : size > MiB ? [] : ["Hello, this is what we talked about."]),
	];
	let length = lines.join("\r\n").length;
	for (let line = 0; length + 80 < size; line++) {
		const text =
			size > MiB
				? Buffer.from(`${line} of ${mark}`.padEnd(54, "-").slice(0, 54)).toString("base64")
				: type === "text/html"
					? `<p>word${line} <a href="http://host${line % 97}.example.net/${line}">more</a></p>`
					: `word${line} ${line * 7919} another${line % 977} and one more`;
		lines.push(text);
		length += text.length + 2;
	}
	return `${lines.join("\r\n")}\r\n.\r\n`;
}

async function connected(kind: Kind, from: string): Promise<Conversation> {
	const server = await harness.call(kind === "submitted" ? 587 : 25, { from });
	if (kind !== "submitted") await greet(server);
	else if (!(await logIn(server, { implicit: false, user: me, password })).startsWith("235"))
		throw new Error("no login");
	return server;
}

/** One message over an open connection. @returns the last reply */
async function transfer(server: Conversation, one: Message): Promise<string> {
	const [from, to] = one.kind === "submitted" ? [me, stranger] : [stranger, info];
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
async function sendAll(messages: readonly Message[]): Promise<string[]> {
	const from = harness.net.newClient();
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
				server ??= await connected(one.kind, from);
				reply = await transfer(server, one);
				if (/^421/.test(reply)) throw new Error(reply);
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

test("a burst of mixed messages up to the limit: none is lost, unscanned or unsigned", {
	timeout: 1_500_000,
}, async () => {
	const count = inject("slow") ? 1000 : 100;
	const messages = Array.from({ length: count }, (_, index) => message(index));
	const senders = Array.from({ length: count / 10 }, (_, sender) =>
		messages.slice(10 * sender, 10 * sender + 10),
	);
	const begin = Date.now();
	const replies = (await pooled(senders, 30, sendAll)).flat();
	const refused = messages.filter(
		({ kind }, index) => !replies[index]?.startsWith(kind === "spam" ? "554" : "250"),
	);
	expect(
		refused.map(({ mark }) => `${mark} ${replies[messages.findIndex((one) => one.mark === mark)]}`),
	).toEqual([]);
	await waitFor("the queue is empty", () => pod.run("postqueue", "-j").trim() === "", {
		within: 240_000,
		every: 2000,
	});
	const seconds = since(begin) / 1000;
	const marksOf = (kind: Kind) => messages.filter((one) => one.kind === kind).map(({ mark }) => mark);
	const markIn = (text: string) => /^Subject: (mark-\d+-)/m.exec(text.slice(0, 8 * KiB))?.[1] ?? "";

	const inbox = pod.inbox(info).map((mail) => mail.slice(0, 8 * KiB));
	expect(inbox.map(markIn).sort()).toEqual(marksOf("letter").sort());
	expect(inbox.filter((mail) => !/^Authentication-Results: /m.test(mail)).map(markIn)).toEqual([]);
	expect(relay.taken.map(({ text }) => markIn(text)).sort()).toEqual(marksOf("submitted").sort());
	const record = harness.deployed.argument("cloudflare_dns_record", `mail._domainkey.${domain}`, "content");
	const unsigned = relay.taken.filter(({ text }) => DkimSignature.of(text)?.holds(record) !== true);
	expect(unsigned.map(({ text }) => markIn(text))).toEqual([]);

	// The last thing that the pod told: nothing waits any more.
	await waitFor(
		"the pod tells of an empty queue",
		() => /^mail_queue_oldest_seconds 0\n.*\n$/m.test(gateway.log.slice(-100)),
		{
			within: 20_000,
		},
	);
	expect(gateway.log).toMatch(/^mail_queue_messages\{queue="active"\} [1-9]/m);
	const { kills, peak } = pod.container as ImageContainer;
	expect(kills).toBe(0);
	summary(
		"burst",
		`${count} messages, ${Math.round(messages.reduce((sum, { size }) => sum + size, 0) / MiB)} MiB, in ${seconds.toFixed(0)} s`,
		`${retries} put off and sent again`,
		`most memory in use ${peak >> 20} of ${podMemory / MiB} MiB, caches included`,
	);
});
