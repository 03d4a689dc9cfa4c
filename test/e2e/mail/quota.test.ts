import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { MiB } from "../../../config/schema/quantity.ts";
import type { Site } from "../../../config/schema/site.ts";
import { quotaJob } from "../../../constructs/mail/mail-server.ts";
import type { ImageRoot } from "../../../lab/image-root.ts";
import { AlertRulesFile } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { needsRoot } from "../image/needs-root.ts";
import type { Dialer } from "./dialer.ts";
import { Gateway } from "./gateway.ts";
import { greet, logIn, send } from "./mail.ts";
import { domain, info, MailHarness, me, password, podCommands, site, spam, worldOf } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

vi.setConfig({ testTimeout: 120_000 });

const of = (name: string) => `${name}@${domain}`;
const stranger = "stranger@example.net";
const plain = worldOf(domain);
const world: Site = {
	...plain,
	mail: {
		...plain.mail,
		messageSizeLimit: MiB,
		quota: { default: 2 * MiB, accounts: { [info]: "none" } },
		aliases: {
			...plain.mail.aliases,
			[of("again")]: [of("contact")],
			[of("list")]: [me, info],
			[of("outside")]: [stranger],
		},
	},
};

const rules = new AlertRulesFile(new DeployedStack(world, "mailserver").files("mailserver-alerts"));

/** A pod with what it stands in. */
interface World {
	readonly harness: MailHarness;
	readonly pod: MailPod;
	readonly node: Dialer;
	readonly gateway: Gateway;
}

const harnesses: MailHarness[] = [];

async function start(root: ImageRoot | undefined): Promise<World> {
	const harness = new MailHarness(world, root);
	harnesses.push(harness);
	await harness.startRelay();
	const pod = await harness.startPod(harness.net.workers[0], { env: Gateway.env });
	const node = harness.dialer(harness.net.workers[0].host);
	// A client waits for its first greeting: those of all letters at once.
	await Promise.all([0, 1, 2, 3].map((client) => connect({ harness, pod, node }, client)));
	return { harness, pod, node, gateway: new Gateway(pod) };
}

/** A client of the Internet by its number, as the edge brings it, once it was greeted. */
async function connect({ harness, pod, node }: Pick<World, "harness" | "pod" | "node">, client: number) {
	const server = await harness.talk(node, { host: pod.host.address, port: 2525 });
	server.write(`PROXY TCP4 203.0.113.${10 + client} 203.0.113.1 1234 25\r\n`);
	await greet(server);
	return server;
}

/** Both pods become ready at the same time. */
const starts = new Map<string, () => Promise<World>>();
const started = new Map<string, Promise<World>>();
beforeAll(() => {
	for (const [kind, begin] of starts) {
		const starting = begin();
		// Whoever waits for it is told.
		starting.catch(() => {});
		started.set(kind, starting);
	}
});
afterAll(async () => {
	await Promise.allSettled([...started.values()].map(async (world) => (await world).pod.kill()));
	for (const harness of harnesses) harness[Symbol.dispose]();
});

describe.for(["stand-in", "image"] as const)("quotas of mailboxes, on the %s:", async (kind) => {
	const onImage = kind === "image";
	const able = needs(...podCommands, "promtool", "python3", "curl", ...(onImage ? ["runc", "dnsmasq"] : []));
	const root = onImage ? await needsRoot(site.mail.image) : undefined;
	if (able && (!onImage || root !== undefined)) starts.set(kind, () => start(root));
	let mail: World;
	let harness: MailHarness;
	let pod: MailPod;

	beforeAll(async () => {
		const starting = started.get(kind);
		if (starting === undefined) return;
		mail = await starting;
		({ harness, pod } = mail);
	}, 400_000);

	/** Text of a letter of about this many bytes. */
	const text = (bytes: number) => "Dear reader, this letter is a long one indeed.\r\n".repeat(bytes / 48);
	const header = (subject: string) => [
		`Subject: ${subject}`,
		`Date: ${new Date().toUTCString()}`,
		`Message-ID: <${subject}@example.net>`,
		"MIME-Version: 1.0",
		"Content-Type: text/plain; charset=utf-8",
	];

	let letters = 0;

	/** A letter of a stranger, as the edge brings it. @returns the last reply */
	async function deliver(to: string, subject: string, bytes = 100): Promise<string> {
		// Each may connect ten times in a minute, and has done so once.
		const server = await connect(mail, Math.floor(letters++ / 9));
		const reply = await send(server, { from: stranger, to, body: text(bytes), header: header(subject) });
		server.close();
		return reply;
	}

	/** Delivers until the mailbox is over its quota, each letter smaller than the largest. */
	async function fill(to: string, mailbox: string): Promise<void> {
		for (const number of [1, 2, 3]) {
			expect(await deliver(to, `fill-${mailbox.slice(0, 2)}-${number}`, 0.9 * MiB)).toMatch(/^250/);
			await pod.arrival(mailbox, `fill-${mailbox.slice(0, 2)}-${number}`);
		}
		// The file is there a moment before it counts; that it counts is told.
		for (const share of [80, 95]) await pod.arrival(mailbox, `Subject: Your mailbox is ${share} % full`);
	}

	async function reader(user: string) {
		const server = await (await harness.inside(pod, 993)).secure();
		expect(await server.imap(`LOGIN ${user} ${password}`)).toContain("a OK");
		return server;
	}

	test("clients are told what is used and allowed", async () => {
		expect(await (await reader(me)).imap("GETQUOTAROOT INBOX")).toMatch(
			/QUOTA "?Mailbox"? \(STORAGE \d+ 2048\)/,
		);
		expect(await (await reader(info)).imap("GETQUOTAROOT INBOX")).not.toContain("STORAGE");
	});

	test("one below its quota takes one more message of any size, and tells its owner when it is nearly full", async () => {
		await fill(of("again"), me);
		expect(await (await reader(me)).imap("GETQUOTAROOT INBOX")).toMatch(/STORAGE 2[5-9]\d\d 2048/);
	});

	test.for([me, of("contact"), of("again"), of("me+lists"), `ME@${domain}`])(
		"a full one refuses for the time being what is for %s",
		async (to) => {
			expect(await deliver(to, "for-a-full-one")).toMatch(/^452 4\.2\.2 .*The mailbox is full/);
		},
	);

	test.for([info, of("list"), of("outside"), of("nobody-knows"), spam, of("abroad")])(
		"what is for %s is taken",
		async (to) => {
			expect(await deliver(to, `for-${to.split("@")[0]}`)).toMatch(/^250/);
		},
	);

	test("its people are told at once when they write to it", async () => {
		const server = await harness.inside(pod, 587);
		expect(await logIn(server, { implicit: false, user: info, password })).toMatch(/^235/);
		expect(await send(server, { from: info, to: me, body: "x" })).toMatch(/^452 4\.2\.2/);
	});

	test("a full one stores no more, but its mail can be moved to the trash and removed, and then it takes mail", async () => {
		const server = await reader(me);
		const letter = `Subject: own\r\n\r\n${text(0.9 * MiB)}`;
		expect(await server.imap(`APPEND INBOX {${letter.length}+}\r\n${letter}`)).toMatch(/a NO \[OVERQUOTA\]/);
		await server.imap("SELECT INBOX");
		expect(await server.imap("COPY 1 Trash")).toMatch(/a OK/);
		expect(await server.imap("MOVE 2 Trash")).toMatch(/a OK/);
		await server.imap("SELECT Trash");
		await server.imap("STORE 1:* +FLAGS (\\Deleted)");
		expect(await server.imap("EXPUNGE")).toMatch(/a OK/);
		expect(await server.imap("GETQUOTAROOT INBOX")).toMatch(/STORAGE 1\d\d\d 2048/);
		expect(await deliver(of("again"), "after-the-expunge")).toMatch(/^250/);
		await pod.arrival(me, "after-the-expunge");
		// The copy for the list has waited in the queue.
		pod.run("postqueue", "-f");
		await pod.arrival(me, "for-list");
	});

	test("when that of the catch-all is full, mail for nobody waits, and no other", async () => {
		await fill(of("nobody-knows"), spam);
		expect(await deliver(of("nobody-else"), "for-nobody")).toMatch(/^452/);
		for (const to of [of("list"), of("abroad"), of("contact")])
			expect(await deliver(to, `still-for-${to.split("@")[0]}`)).toMatch(/^250/);
	});

	test("P44: a full mailbox of the catch-all is told, and alerts; with room again it is silent", async () => {
		const series = (of: string, account: string) => `mail_mailbox_${of}_bytes{account="${account}"}`;
		const told = async (what: string, full: boolean) => {
			const metrics = await mail.gateway.told(
				quotaJob,
				what,
				(metrics) => (metrics[series("used", spam)] ?? 0) >= 2 * MiB === full,
			);
			return Object.fromEntries(
				Object.entries(metrics).map(([name, value]) => [
					name.replace(/(\{|$)/, (end) => `{job="${quotaJob}"${end ? ", " : "}"}`),
					`${value}x120`,
				]),
			);
		};
		const whileFull = await told("the catch-all is full", true);
		expect(Object.keys(whileFull).some((name) => name.includes(info))).toBe(false);
		rules.expectFiring("CatchAllFull", whileFull, { "14m": 0, "15m": 1 });
		rules.expectFiring("MailboxFull", whileFull, { "60m": 0 });
		const fullToo = { [`mail_mailbox_used_bytes{job="${quotaJob}", account="${me}"}`]: `${2 * MiB}x120` };
		rules.expectFiring("MailboxFull", { ...whileFull, ...fullToo }, { "59m": 0, "60m": 1 });
		const last = `mail_mailbox_last_success_timestamp{job="${quotaJob}"}`;
		expect(Object.keys(whileFull)).toContain(last);
		rules.expectFiring("MailboxesUnknown", { [last]: "0x60" }, { "20m": 0, "21m": 1 });
		pod.run("doveadm", "expunge", "-u", spam, "mailbox", "INBOX", "all");
		rules.expectFiring("CatchAllFull", await told("it has room", false), { "60m": 0 });
	});

	test("aliases are no users: they do not log in, and are in no list of users", async () => {
		const login = (user: string) =>
			pod.run("sh", "-c", `doveadm auth test ${user} ${password} 2>&1 || true`).split("\n")[0];
		expect(login(me)).toBe(`passdb: ${me} auth succeeded`);
		expect(login(of("contact"))).toBe(`passdb: ${of("contact")} auth failed`);
		expect(pod.run("sh", "-c", "doveadm user '*' 2>/dev/null || true").trim().split("\n").sort()).toEqual(
			[...world.mail.accounts].sort(),
		);
	});

	test("without the answer nothing is taken that could be lost", async () => {
		pod.run("sh", "-c", "doveadm service stop quota-status && sleep 1");
		await waitFor(
			"the question is answered no more",
			async () => /^451/.test(await deliver(info, "unasked")),
			{
				within: 30_000,
			},
		);
	});
});
