import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MiB } from "../../../config/schema/quantity.ts";
import type { Site } from "../../../config/schema/site.ts";
import { dovecotLocalConf } from "../../../constructs/mail/dovecot/local-conf.ts";
import {
	accountFields,
	quotaRecipients,
	quotaRecipientsFile,
} from "../../../constructs/mail/dovecot/quota.ts";
import { quotaPort } from "../../../constructs/mail/environment.ts";
import { mailScript } from "../../../constructs/mail/mail-server.ts";
import type { Host } from "../harness/host.ts";
import { needs } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { waitFor } from "../harness/wait-for.ts";
import { Conversation } from "./conversation.ts";
import { Dialer } from "./dialer.ts";
import { DovecotServer, dovecotRoot, type Generation, wayToRoot } from "./dovecot-server.ts";
import { logInToSieve } from "./mail.ts";
import { domain, info, me, password, worldOf } from "./mail-harness.ts";

const able = needs("ip", "openssl", "root");
const plain = worldOf(domain);

/** The reference world with filters and quotas, for a generation. */
function worldWith(dovecot: Generation): Site {
	const { mail, cluster } = plain;
	const { imaps, ...rest } = mail.listeners;
	if (imaps === undefined) throw new Error("no listener for IMAP");
	const sieve = { ...imaps, protocol: "sieve", tls: "required", publicPort: 4190 } as const;
	return {
		...plain,
		// The client is no node here.
		cluster: { ...cluster, nodePortSources: ["10.99.0.0/24"] },
		mail: {
			...mail,
			dovecot,
			messageSizeLimit: MiB,
			quota: { default: MiB, accounts: { [info]: "none" } },
			listeners: {
				...rest,
				imaps,
				imaps2: { ...imaps, stockPort: 9993, proxyPort: 19993 },
				sieve: { ...sieve, stockPort: 4190, proxyPort: 14190 },
			},
		},
	};
}

const main = {
	"2.3": "image/dovecot.conf",
	"2.4": "image/dovecot-2.4.conf",
} as const satisfies Record<Generation, string>;

describe.for(["2.3", "2.4"] as const)("Dovecot %s", (generation) => {
	const root = dovecotRoot(generation);
	beforeEach(({ skip }) =>
		skip(root === undefined, `no Dovecot ${generation}: ${wayToRoot(generation)} enables it`),
	);
	const world = worldWith(generation);
	const usable = able && root !== undefined;
	let network: Network;
	let host: Host;
	let dialer: Dialer;
	let server: DovecotServer;

	/** Files of the server, with our settings of some generation. */
	function files(settings: Site): Record<string, string> {
		const [key, certificate] = ["key", "cert"].map((name) => join(network.folder, name));
		execFileSync(
			"openssl",
			[
				..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mail".split(" "),
				"-keyout",
				key,
				"-out",
				certificate,
			].map(String),
			{ stdio: "pipe" },
		);
		const fields = Object.fromEntries(
			accountFields(settings)
				.trim()
				.split("\n")
				.map((line) => line.split(" ")),
		);
		const hash = execFileSync("openssl", ["passwd", "-6", password], { encoding: "utf8" }).trim();
		const users = settings.mail.accounts.map((account) => {
			const [name, zone] = account.split("@");
			return `${account}:${hash}:5000:5000::/var/mail/${zone}/${name}/home::${fields[account] ?? ""}\n`;
		});
		const text = readFileSync(join(import.meta.dirname, main[generation]), "utf8");
		return {
			// There is no Postfix whose socket it would be.
			"/etc/dovecot/dovecot.conf": text
				.replace(/^protocols = .*/m, "protocols = imap lmtp sieve")
				.replace(/^service (auth|lmtp) \{\n[\s\S]*?\n\}\n/gm, "")
				.concat("service lmtp {\n  inet_listener lmtp {\n    port = 24\n  }\n}\n"),
			"/etc/dovecot/local.conf": dovecotLocalConf(settings),
			"/etc/dovecot/userdb": users.join(""),
			[quotaRecipientsFile]: quotaRecipients(settings),
			"/etc/mail-config/quota-warning.sh": mailScript("quota-warning.sh"),
			"/etc/dms/tls/key": readFileSync(String(key), "utf8"),
			"/etc/dms/tls/cert": readFileSync(String(certificate), "utf8"),
		};
	}

	const start = (settings: Site, ...command: string[]) =>
		new DovecotServer(
			{ host, root: root ?? "", files: files(settings), mail: join(network.folder, "mailboxes") },
			...command,
		);

	beforeAll(async () => {
		if (!usable) return;
		network = new Network();
		host = network.addHost("mail", "10.99.0.1/24");
		const mail = join(network.folder, "mailboxes");
		mkdirSync(mail);
		chownSync(mail, 5000, 5000);
		dialer = new Dialer(host);
		server = start(world, "dovecot", "-F");
		await waitFor("Dovecot listens", async () => (await ask(quotaPort)).close() === undefined, {
			within: 60_000,
		});
	});
	afterAll(async () => {
		await server?.daemon.stop();
		dialer?.[Symbol.dispose]();
		network?.[Symbol.dispose]();
	});

	const ask = async (port: number) =>
		new Conversation(await dialer.dial({ host: port === quotaPort ? "127.0.0.1" : "10.99.0.1", port }));

	async function behindTheEdge(port: number) {
		const talk = await ask(port);
		talk.write("PROXY TCP4 203.0.113.77 203.0.113.1 1234 993\r\n");
		return talk;
	}

	/** What Postfix would be told about a recipient. */
	async function answerFor(recipient: string): Promise<string> {
		const talk = await ask(quotaPort);
		talk.write(`request=smtpd_access_policy\nrecipient=${recipient}\nsize=1000\n\n`);
		const answer = await talk.until(/\n\n/);
		talk.close();
		return answer.trim();
	}

	/** Delivers as Postfix does (LMTP, RFC 2033). */
	async function deliver(to: string, letter: string): Promise<string> {
		const talk = await ask(24);
		await talk.reply();
		for (const line of ["LHLO mail", "MAIL FROM:<stranger@example.net>", `RCPT TO:<${to}>`, "DATA"])
			await talk.ask(line);
		const reply = await talk.ask(`${letter}.`);
		talk.close();
		return reply;
	}

	test("reads our settings without a complaint, and refuses those of the other generation", async () => {
		const other = worldWith(generation === "2.3" ? "2.4" : "2.3");
		const read = async (settings: Site) => {
			const { daemon } = start(settings, "doveconf", "-n");
			const code = await daemon.exited;
			const complaints = daemon.log.split("\n").filter((line) => /Warning|Fatal/.test(line));
			// The image has sections with plugins of their own, for which our settings have sections as well.
			return { code, complaints: complaints.filter((line) => !/mail_plugins won't change the/.test(line)) };
		};
		expect(await read(world)).toEqual({ code: 0, complaints: [] });
		expect((await read(other)).code).not.toBe(0);
	});

	test.for([
		["for pods", 9993, false],
		["for the edge", 10993, true],
		["for the edge", 19993, true],
	] as const)("serves IMAP %s at %d", async ([, port, header]) => {
		const talk = await (await (header ? behindTheEdge(port) : ask(port))).secure();
		expect(await talk.imap(`LOGIN ${me} ${password}`)).toContain("a OK");
		talk.close();
		if (header)
			await waitFor(
				"the log has the client's address",
				() => readFileSync(join(host.folder, "dovecot.log"), "utf8").includes("rip=203.0.113.77"),
				{ within: 30_000 },
			);
	});

	test("serves filters at both ports", async () => {
		for (const talk of [await ask(4190), await behindTheEdge(14190)])
			expect(await logInToSieve(talk, me, password)).toMatch(/^OK/m);
	});

	test("limits mailboxes, tells their owners, and Postfix of every address that leads there", async () => {
		const of = (name: string) => `${name}@${domain}`;
		expect(await answerFor(of("contact"))).toBe("action=DUNNO");
		const talk = await (await ask(9993)).secure();
		await talk.imap(`LOGIN ${me} ${password}`);
		const letter = `Subject: own\r\n\r\n${"text\r\n".repeat(110_000)}`;
		for (const reply of [await deliver(me, letter), await deliver(me, letter)]) expect(reply).toMatch(/^250/);
		expect(await deliver(me, letter)).toMatch(/^452/);
		expect(await talk.imap(`APPEND INBOX {${letter.length}+}\r\n${letter}`)).toMatch(/OVERQUOTA/);
		expect(await talk.imap("GETQUOTAROOT INBOX")).toMatch(/STORAGE \d+ 1024/);
		for (const to of [me, of("contact"), of("postmaster"), of("me+x"), me.toUpperCase()])
			expect([to, await answerFor(to)]).toEqual([to, expect.stringMatching(/^action=452 4\.2\.2 /)]);
		for (const to of [info, of("nobody"), "x@example.net"])
			expect([to, await answerFor(to)]).toEqual([to, "action=DUNNO"]);
		await waitFor(
			"the warning has come",
			async () => {
				await talk.imap("SELECT INBOX");
				return (await talk.imap("SEARCH SUBJECT full")).match(/SEARCH \d+/);
			},
			{ within: 60_000 },
		);
		await talk.imap("SELECT INBOX");
		expect(await talk.imap("COPY 1 Trash")).toMatch(/a OK/);
	});
});
