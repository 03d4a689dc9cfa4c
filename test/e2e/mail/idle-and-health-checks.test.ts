import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { needs, slow } from "../harness/needs.ts";
import { bound, once, summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { MailHarness, me, password, podCommands, site } from "./mail-harness.ts";

needs(...podCommands, "haproxy");
beforeEach(({ skip }) => slow(skip));

// Each waits for a minute or more.
vi.setConfig({ testTimeout: 400_000 });

const reference = readFileSync(join(import.meta.dirname, "reference/haproxy.cfg"), "utf8");
const deaths = /fatal: smtpd_peer_hostaddr_to_sockaddr|bad command startup -- throttling/g;

/** Answers of a port in clear and one under TLS, asked for a few times. */
async function answers(
	harness: MailHarness,
	attempts: number,
	pause: number,
): Promise<Record<465 | 587, number>> {
	const counts = { 465: 0, 587: 0 };
	for (let attempt = 0; attempt < attempts; attempt++) {
		await Promise.all(
			([465, 587] as const).map(async (port) => {
				const server = await harness.visit(port);
				const greeting = (port === 465 ? server.secure() : Promise.resolve(server)).then(() =>
					server.until(/220 /, 8000),
				);
				await greeting.then(
					() => counts[port]++,
					() => {},
				);
				server.close();
			}),
		);
		await sleep(pause);
	}
	return counts;
}

/** A client that waits for mail in silence. @returns after how many seconds it was cut off; undefined when it was not */
async function idles(harness: MailHarness, seconds: number): Promise<number | undefined> {
	const client = await (await harness.visit(993)).secure();
	await client.imap(`LOGIN ${me} ${password}`);
	await client.imap("SELECT INBOX");
	const start = Date.now();
	client.write("a IDLE\r\n");
	await client.until(/\+ idling/);
	const cutOff = await client.untilClosed(seconds * 1000).then(
		() => since(start) / 1000,
		() => undefined,
	);
	client.close();
	return cutOff;
}

const harnesses: MailHarness[] = [];
afterAll(() => {
	for (const harness of harnesses) harness[Symbol.dispose]();
});

async function startHarness(configuration?: string) {
	const harness = new MailHarness();
	harnesses.push(harness);
	const pod = await harness.startPod();
	return { harness, pod, edge: await harness.startEdge(configuration) };
}
const rendered = once(() => startHarness());
const packaged = once(() => startHarness(reference));

describe("the rendered edge", () => {
	test("P21: checks without a line in a log, and everybody is answered after a quiet minute", async () => {
		const { harness, pod } = await rendered();
		// It listens before it says so.
		await pod.logged(/daemon started/);
		const before = pod.postfixLog.length;
		await sleep(60_000);
		expect(pod.postfixLog.slice(before)).toBe("");
		expect(await answers(harness, 3, 1000)).toEqual({ 465: 3, 587: 3 });
	});

	test("P23: lets a client wait for mail in silence", async () => {
		const { harness } = await rendered();
		expect(await idles(harness, 65)).toBeUndefined();
	});

	test("P22: leaves out a server that has stopped, and takes it back", async () => {
		const { pod, edge } = await rendered();
		const { interval, fall, rise } = site.mail.edge.check;
		const smtp = async (status: string) => {
			const servers = await edge.servers();
			return servers.filter(({ backend }) => !backend.includes("imaps")).every((it) => it.status === status);
		};
		const stopped = Date.now();
		pod.run("postfix", "stop");
		await waitFor("servers are down", () => smtp("DOWN"), { within: bound(interval * fall) });
		const down = since(stopped) / 1000;
		pod.run("postfix", "start");
		const started = Date.now();
		await waitFor("servers are up", () => smtp("UP"), { within: bound(interval * rise) });
		summary("checks", `down after ${down} s`, `up after ${since(started) / 1000} s`);
	});
});

describe("the package's defaults", () => {
	test("P20: kill submission by their checks in a quiet system", { timeout: 900_000 }, async () => {
		const { harness, pod } = await packaged();
		await sleep(135_000);
		const counts = await answers(harness, 4, 20_000);
		summary("reference's checks", `465 answered ${counts[465]} of 4`, `587 ${counts[587]} of 4`);
		const found = new Set(pod.postfixLog.match(deaths));
		expect(found.size).toBe(2);
		expect(counts[465] + counts[587]).toBeLessThan(8);
	});

	test("P23: cut off who waits for mail", async () => {
		const { harness } = await packaged();
		const seconds = await idles(harness, 65);
		// Half a minute after the last word. Dovecot says one every two minutes, at a moment of its own choice, so that
		// it may fall into the first half minute.
		expect(seconds).toBeGreaterThan(29.5);
	});

	test("P24: fail every fourth connection while an address of a node is gone", async () => {
		const { harness } = await packaged();
		harness.net.removeAddress("10.0.20.104");
		const times = await Promise.all(
			Array.from({ length: 4 }, async () => {
				const server = await harness.visit(993);
				const outcome = await server.secure().then(
					() => "served",
					() => "failed",
				);
				return { outcome, seconds: since(server.start) / 1000 };
			}),
		);
		const failed = times.filter(({ outcome }) => outcome === "failed");
		summary("lost address", `failed after ${failed.map(({ seconds }) => seconds).join(" ")} s`);
		expect(failed).toHaveLength(1);
		expect(failed[0]?.seconds).toBeGreaterThan(10);
	});
});
