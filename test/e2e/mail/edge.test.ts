import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Haproxy, ServerState } from "../harness/haproxy.ts";
import { needs } from "../harness/needs.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import type { Conversation } from "./conversation.ts";
import { greet, logIn, send } from "./mail.ts";
import { info, MailHarness, me, password, podCommands, site } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

const able = needs(...podCommands, "haproxy");

const [first, second] = ["10.0.20.101", "10.0.20.102"] as const;

let harness: MailHarness;
let pod: MailPod;
let edge: Haproxy;

beforeAll(async () => {
	if (!able) return;
	harness = new MailHarness();
	pod = await harness.startPod();
	edge = await harness.startEdge();
});
afterAll(() => harness?.[Symbol.dispose]());

/** A pod's own port, from a pod. */
const inside = (port: number) => harness.inside(pod, port);
/** A port of a node, from the Internet. */
const atNode = (port: number, host: string = first) => harness.call(port, { host });

describe("without the header", () => {
	const configuration = (port: number, publicPort: number) =>
		`defaults\n mode tcp\n timeout connect 2s\n timeout client 1m\n timeout server 1m\nlisten l\n bind 10.0.20.1:${publicPort}\n server n ${second}:${port}\n`;

	test("P2: nothing is delivered to the port that demands it", async () => {
		const bare = await harness.startSecondEdge(configuration(30125, 1025));
		const { text } = await (await atNode(1025, "10.0.20.1")).untilClosed();
		await bare.daemon.stop();
		expect(text).toContain("421 4.3.2");
	});

	test("P2: the stock port takes the node for the sender", async () => {
		const bare = await harness.startSecondEdge(configuration(30135, 1025));
		await greet(await atNode(1025, "10.0.20.1"));
		await bare.daemon.stop();
		await pod.logged(/postfix\/postscreen\[\d+\]: CONNECT from \[10\.0\.20\.102\]/);
	});
});

const isUp = ({ status }: ServerState) => status === "UP";

/** Seconds that the last of four clients waits for its greeting while an address of a node is gone. */
async function slowestOfFour(): Promise<number> {
	harness.net.removeAddress("10.0.20.104");
	const times: number[] = [];
	for (let index = 0; index < 4; index++) {
		const server = await harness.visit(993);
		await (await server.secure()).until(/OK[^\n]*\n/);
		times.push(since(server.start) / 1000);
		server.close();
	}
	harness.net.workers[1].host.run("ip", ["address", "add", "10.0.20.104/24", "dev", "eth0"]);
	return Math.max(...times);
}

describe("the edge", () => {
	test("P25: listens on its inner address only", () => {
		const sockets = harness.net.edge.run("ss", ["-Htln"]).match(/\S+:\d+(?= +0\.0\.0\.0)/g);
		expect(sockets?.sort()).toEqual(["10.0.20.1:25", "10.0.20.1:465", "10.0.20.1:587", "10.0.20.1:993"]);
	});

	test("P24: serves everybody within its connect timeout while an address of a node is gone", async () => {
		const most = site.mail.edge.connectTimeout / 1000 + 1;
		const slowest: number[] = [];
		// What else the machine does only slows: it is tried again, with an edge that takes the address for well.
		for (let attempt = 0; attempt < 3 && !slowest.some((seconds) => seconds < most); attempt++) {
			await waitFor("every server is up", async () => (await edge.servers()).every(isUp), { within: 60_000 });
			slowest.push(await slowestOfFour());
		}
		expect(Math.min(...slowest)).toBeGreaterThan(1);
		expect(Math.min(...slowest)).toBeLessThan(most);
	});

	test("P26: keeps a waiting mail client over a reload, and hands new connections to the new process", async () => {
		const client = await (await harness.visit(993)).secure();
		await client.imap(`LOGIN ${info} ${password}`);
		await client.imap("SELECT INBOX");
		client.write("a IDLE\r\n");
		await client.until(/\+ idling/);
		const old = await edge.reload();
		expect(old.running).toBe(true);
		const sender = await harness.visit(587);
		await logIn(sender, { implicit: false, user: me, password });
		expect(await send(sender, { from: me, to: info, body: "while idle" })).toMatch(/^250/);
		expect(await client.until(/\* \d+ EXISTS/, 60_000)).toContain("EXISTS");
		client.close();
	});
});

describe("a limit", () => {
	test("P14: of connections holds for one client and does not touch another", async () => {
		const [greedy, modest] = [harness.net.newClient(), harness.net.newClient()];
		const replies: string[] = [];
		for (let index = 0; index < 14; index++) {
			const server = await harness.call(587, { from: greedy });
			replies.push((await server.reply()).slice(0, 3));
			server.close();
		}
		expect(replies).toEqual([...Array(10).fill("220"), ...Array(4).fill("421")]);
		expect(await (await harness.call(587, { from: modest })).reply()).toMatch(/^220/);
		await pod.logged(
			new RegExp(`Connection rate limit exceeded: 11 from unknown\\[${greedy}\\] for service 5587`),
		);
	});

	test("of messages, too", async () => {
		const [greedy, modest] = await Promise.all([harness.visit(587), harness.visit(587)]);
		const credentials = { implicit: false, user: me, password };
		await Promise.all([logIn(greedy, credentials), logIn(modest, credentials)]);
		const replies: string[] = [];
		for (let index = 0; index < 31; index++) {
			replies.push((await greedy.ask(`MAIL FROM:<${me}>`)).slice(0, 9));
			await greedy.ask("RSET");
		}
		expect(replies).toEqual([...Array(30).fill("250 2.1.0"), "450 4.7.1"]);
		expect(await modest.ask(`MAIL FROM:<${me}>`)).toMatch(/^250/);
	});
});

/** Whether a server answers at all. @param within milliseconds: long where an answer is right */
async function reachable(dial: () => Promise<Conversation>, within = 2000): Promise<boolean> {
	const attempt = dial().then(
		(server) => {
			server.close();
			return true;
		},
		() => false,
	);
	return await Promise.race([attempt, sleep(within, false, { ref: false })]);
}

describe("the policy of the pod", () => {
	beforeAll(() => harness?.net.workers[0].enforce(pod.host.address, harness.admissions));
	afterAll(() => harness?.net.workers[0].enforceNothing());

	test("P13: keeps pods away from the ports that demand a header", async () => {
		expect(await reachable(() => inside(2525))).toBe(false);
	});

	test("P13: keeps the Internet away from the node that runs the pod, where its address is seen", async () => {
		expect(await reachable(() => atNode(30125))).toBe(false);
	});

	test("cannot tell the Internet from a node behind another node: only the router can", async () => {
		expect(await reachable(() => atNode(30125, second), 60_000)).toBe(true);
	});

	test("lets the edge through", async () => {
		expect(await reachable(() => harness.visit(25), 60_000)).toBe(true);
		const server = await harness.visit(587);
		expect(await server.reply()).toMatch(/^220/);
	});
});

describe("a node whose traffic comes from an address that is not listed", () => {
	const foreign = "172.31.0.2";
	beforeAll(() => {
		if (!harness) return;
		const [worker, other] = harness.net.workers;
		other.host.run("ip", ["address", "add", foreign, "dev", "lo"]);
		worker.host.run("ip", ["route", "add", foreign, "via", second]);
		other.translateTo(foreign);
		other.publish(pod.host.address, harness.nodePorts);
	});
	afterAll(() => {
		const other = harness?.net.workers[1];
		other?.translateTo();
		other?.publish(pod.host.address, harness.nodePorts);
	});

	test("P10: loses exactly its logins, while mail goes on", async () => {
		const results: string[] = [];
		for (let index = 0; index < 4; index++) {
			const server = await harness.visit(993);
			results.push(
				await server.secure().then(
					() => "greeted",
					() => "closed",
				),
			);
			const submission = await harness.visit(587);
			expect(await submission.reply()).toMatch(/^220/);
		}
		expect(results.sort()).toEqual(["closed", "closed", "greeted", "greeted"]);
	});
});
