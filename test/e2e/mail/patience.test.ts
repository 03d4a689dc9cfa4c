import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { needs, slow } from "../rig/needs.ts";
import { bound, once, summary } from "../rig/scenario.ts";
import { since, waitFor } from "../rig/wait-for.ts";
import { MailRig, me, password, site } from "./mail-rig.ts";

needs("postconf", "dovecot", "/usr/lib/dovecot/lmtp", "haproxy", "nft", "postsrsd", "ip", "root");

const reference = readFileSync(join(import.meta.dirname, "reference/haproxy.cfg"), "utf8");
const deaths = /fatal: smtpd_peer_hostaddr_to_sockaddr|bad command startup -- throttling/g;

/** Answers of a port in clear and one under TLS, asked for a few times. */
async function answers(rig: MailRig, attempts: number, pause: number): Promise<Record<465 | 587, number>> {
	const counts = { 465: 0, 587: 0 };
	for (let attempt = 0; attempt < attempts; attempt++) {
		await Promise.all(
			([465, 587] as const).map(async (port) => {
				const server = await rig.visit(port);
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

/** A client that waits for mail in silence. @returns whether it still could after a time, in seconds */
async function idles(rig: MailRig, seconds: number): Promise<number> {
	const client = await (await rig.visit(993)).secure();
	await client.imap(`LOGIN ${me} ${password}`);
	await client.imap("SELECT INBOX");
	client.write("a IDLE\r\n");
	await client.until(/\+ idling/);
	const start = Date.now();
	await client.untilClosed(seconds * 1000).catch(() => {});
	client.close();
	return since(start) / 1000;
}

test("the rendered checks wake no daemon and leave no trace, and detect one that has stopped", async ({
	skip,
}) => {
	slow(skip);
	using rig = new MailRig();
	const pod = await rig.startPod();
	const edge = await rig.startEdge();
	const up = async (status: string) => {
		const servers = await edge.servers();
		return servers
			.filter(({ backend }) => !backend.includes("imaps"))
			.every((server) => server.status === status);
	};
	const lines = pod.postfixLog.length + pod.dovecotLog.length;
	const patience = idles(rig, 65);
	await sleep(2000);
	const quiet = pod.postfixLog.length;
	await sleep(60_000);
	expect(pod.postfixLog.slice(quiet)).toBe("");
	expect(lines).toBeGreaterThan(0);
	expect(await patience).toBeGreaterThan(64);
	expect(await answers(rig, 3, 1000)).toEqual({ 465: 3, 587: 3 });

	const { interval, fall, rise } = site.mail.edge.check;
	const stopped = Date.now();
	pod.run("postfix", "stop");
	await waitFor("servers are down", () => up("DOWN"), { within: bound(interval * fall) });
	const down = since(stopped);
	pod.run("postfix", "start");
	const started = Date.now();
	await waitFor("servers are up", () => up("UP"), { within: bound(interval * rise) });
	summary("checks", `down after ${down / 1000} s`, `up after ${since(started) / 1000} s`);
});

const referenceRig = once(async () => {
	const rig = new MailRig();
	const pod = await rig.startPod();
	await rig.startEdge(reference);
	return { rig, pod };
});

test("the reference's checks kill submission in a quiet system", { timeout: 400_000 }, async ({ skip }) => {
	slow(skip);
	const { rig, pod } = await referenceRig();
	await sleep(135_000);
	const counts = await answers(rig, 4, 20_000);
	summary("reference's checks", `465 answered ${counts[465]} of 4`, `587 ${counts[587]} of 4`);
	const found = new Set(pod.postfixLog.match(deaths));
	expect(found.size).toBe(2);
	expect(counts[465] + counts[587]).toBeLessThan(8);
});

test("the package's timeouts cut off who waits for mail", async ({ skip }) => {
	slow(skip);
	const { rig } = await referenceRig();
	expect(await idles(rig, 40)).toBeCloseTo(30, 0);
});

test("the package's defaults fail every fourth connection while an address of a node is gone", async ({
	skip,
}) => {
	slow(skip);
	const { rig } = await referenceRig();
	rig.net.removeAddress("10.0.20.104");
	const times = await Promise.all(
		Array.from({ length: 4 }, async () => {
			const server = await rig.visit(993);
			const outcome = await server.secure().then(
				() => "served",
				() => "failed",
			);
			return { outcome, seconds: since(server.start) / 1000 };
		}),
	);
	rig[Symbol.dispose]();
	const failed = times.filter(({ outcome }) => outcome === "failed");
	summary("lost address", `failed after ${failed.map(({ seconds }) => seconds).join(" ")} s`);
	expect(failed).toHaveLength(1);
	expect(failed[0]?.seconds).toBeGreaterThan(10);
});
