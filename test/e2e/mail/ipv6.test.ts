import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { imageRoot } from "../../../lab/image-root.ts";
import { needs } from "../harness/needs.ts";
import { readAsCrowdSec } from "./crowdsec.ts";
import { greet, logIn, send } from "./mail.ts";
import { info, MailHarness, me, password, podCommands, site, withIpv6 } from "./mail-harness.ts";
import { ipv6Client, publicIpv6 } from "./mail-network.ts";
import type { MailPod } from "./mail-pod.ts";

vi.setConfig({ testTimeout: 120_000 });

const kernelHasIpv6 = existsSync("/proc/net/if_inet6");
const world = withIpv6(site);

/** The image's own programs where its root can be had, else the stand-in: an address passes both alike. */
const root = await imageRoot(world.mail.image);

describe(`a client with an IPv6 address, on the ${root ? "image" : "stand-in"}:`, () => {
	const able = needs(...podCommands, "haproxy", ...(root ? ["runc", "dnsmasq"] : []));
	beforeEach(({ skip }) => skip(!kernelHasIpv6, "the kernel has no IPv6: ipv6.disable=0 enables it"));
	let harness: MailHarness;
	let pod: MailPod;

	beforeAll(async () => {
		if (!able || !kernelHasIpv6) return;
		harness = new MailHarness(world, root);
		harness.net.enableIpv6();
		pod = await harness.startPod();
		await harness.startEdge();
	}, 400_000);
	afterAll(async () => {
		if (harness === undefined) return;
		await pod?.kill();
		harness[Symbol.dispose]();
	});

	const call = (port: number, from = ipv6Client) => harness.call(port, { from, host: publicIpv6 });

	test.concurrent("P50: mail of it passes the edge to a pod without IPv6, and arrives with its address", async () => {
		expect(pod.host.run("ip", ["-6", "-o", "address", "show", "scope", "global"])).toBe("");
		const server = await call(25);
		await greet(server);
		const header = [
			"Subject: by IPv6",
			`Date: ${new Date().toUTCString()}`,
			"Message-ID: <by-ipv6@example.net>",
			"MIME-Version: 1.0",
			"Content-Type: text/plain; charset=utf-8",
		];
		expect(await send(server, { from: "stranger@example.net", to: me, body: "over-ipv6", header })).toMatch(
			/^250/,
		);
		expect(await pod.arrival(me, "over-ipv6")).toContain(`[IPv6:${ipv6Client}]`);
		await pod.logged(new RegExp(`CONNECT from \\[${ipv6Client}\\]:\\d+ to \\[${publicIpv6}\\]:25`));
	});

	test.concurrent.for([
		[587, false],
		[465, true],
	] as const)("P50: is submitted at port %d, with its address in the log", async ([port, implicit]) => {
		const server = await harness.visitByIpv6(port);
		expect(await logIn(server, { implicit, user: me, password })).toMatch(/^235/);
		expect(await send(server, { from: me, to: info, body: `submitted-${port}` })).toMatch(/^250/);
		await pod.logged(/client=\S+\[2001:db8:77::[0-9a-f]+\], sasl_method=PLAIN, sasl_username=me@/);
	});

	test.concurrent("P50: is read by IMAP, and a wrong password is answered later", async () => {
		const reader = await (await call(993)).secure();
		expect(await reader.imap(`LOGIN ${me} ${password}`)).toContain("a OK");
		await pod.logged(new RegExp(`user=<${me}>.*rip=${ipv6Client}`), "dovecotLog");
		const guesser = await (await call(993)).secure();
		const start = Date.now();
		expect(await guesser.imap(`LOGIN ${me} wrong`)).toContain("a NO");
		expect(Date.now() - start).toBeGreaterThan(3000);
	});

	test.concurrent("P51: a limit of connections holds for one address and does not touch another", async () => {
		const greedy = harness.net.newIpv6Client();
		const replies: string[] = [];
		for (let index = 0; index < 12; index++) {
			const server = await call(587, greedy);
			replies.push((await server.reply()).slice(0, 3));
			server.close();
		}
		expect(replies).toEqual([...Array(10).fill("220"), "421", "421"]);
		expect(await (await harness.visitByIpv6(587)).reply()).toMatch(/^220/);
	});

	test.concurrent("P51: a forged address of a host's own relays nothing", async () => {
		const replies = await Promise.all(
			["::1", "::ffff:127.0.0.1", "fe80::1"].map(async (address) => {
				const server = await harness.inside(pod, 2525);
				server.write(`PROXY TCP6 ${address} ${publicIpv6} 1234 25\r\n`);
				await greet(server);
				return await send(server, { from: me, to: "victim@example.org", body: "x" });
			}),
		);
		for (const reply of replies) expect(reply).toMatch(/^[45]/);
	});

	describe("CrowdSec", () => {
		needs("crowdsec");

		test("P50: finds the address in what Postfix and Dovecot complain of", async () => {
			const folder = join(harness.net.network.folder, "crowdsec");
			await pod.logged(/Connection rate limit exceeded: 1\d from unknown\[2001:db8:77::/);
			const seen = new Set(
				(await readAsCrowdSec(folder, pod.syslog)).flatMap(({ program, address }) =>
					address.startsWith("2001:db8:77::") ? [program] : [],
				),
			);
			expect([...seen].sort()).toEqual(["dovecot", "postfix/submission-haproxy/smtpd"]);
		});
	});
});
