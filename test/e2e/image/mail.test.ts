import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { imagePorts } from "../../../config/schema/mail-port-checks.ts";
import type { Site } from "../../../config/schema/site.ts";
import { backingPorts } from "../../../constructs/mail/environment.ts";
import { mailListeners } from "../../../constructs/mail/listeners.ts";
import { needs } from "../harness/needs.ts";
import { summary } from "../harness/scenario.ts";
import { since, waitFor } from "../harness/wait-for.ts";
import { DkimSignature } from "../mail/dkim-signature.ts";
import { askSieve, greet, logIn, logInToSieve, send } from "../mail/mail.ts";
import { domain, MailHarness, podCommands, relayLogin, sieve, site, worldOf } from "../mail/mail-harness.ts";
import type { MailPod } from "../mail/mail-pod.ts";
import type { Relay } from "../mail/relay.ts";
import type { ImageContainer } from "./image-container.ts";
import { needsRoot } from "./needs-root.ts";

const able = needs(...podCommands, "runc", "dnsmasq", "haproxy", "openssl", "rsync");
const root = await needsRoot(site.mail.image);
vi.setConfig({ testTimeout: 120_000 });

const of = (name: string) => `${name}@${domain}`;
const [me, info, stranger] = [of("me"), of("info"), "stranger@example.net"];
/** With names that are part of others, or match them as a pattern: the image looks for names in texts. */
const accounts = [...["welcome", "a-b", "a.b"].map(of), ...site.mail.accounts, "me@second.example"];
/** A second domain: an account of its own, and nobody who gets the rest. */
const second = "second.example";
const mine = `me@${second}`;
const plain = worldOf(domain, { [second]: false });
const listeners = { ...plain.mail.listeners, sieve };
const world: Site = { ...plain, mail: { ...plain.mail, accounts, listeners } };
const passwordOf = (address: string) => `dummy-password-of-${address}`;
const secretAccounts = accounts.map((address) => `${address}\t${passwordOf(address)}\n`).join("");

/** Written by a job of cron. */
const cronMark = "/tmp/cron-ran";

let harness: MailHarness;
let pod: MailPod;
let relay: Relay;

async function start(): Promise<void> {
	pod = await harness.startPod(harness.net.workers[0], {
		files: { "/etc/mail-secrets/accounts": secretAccounts },
	});
}

beforeAll(async () => {
	if (!able || root === undefined) return;
	harness = new MailHarness(world, root);
	relay = await harness.startRelay();
	const begin = Date.now();
	await start();
	summary("image", `ready after ${since(begin)} ms on an empty volume`);
	// Cron looks once a minute: what it does is asked for in the end.
	pod.run("sh", "-c", `echo "* * * * * root date > ${cronMark}" > /etc/cron.d/of-a-test`);
	await harness.startEdge();
}, 400_000);
afterAll(async () => {
	if (harness === undefined) return;
	// It may have ended in a test.
	await pod?.kill();
	harness[Symbol.dispose]();
});

/** Fields that a letter of a person has: the filter refuses what looks like the work of a program. */
const fields = (subject: string) => [
	`Subject: ${subject}`,
	`Date: ${new Date().toUTCString()}`,
	`Message-ID: <${subject.replaceAll(/[^\w-]+/g, "-")}@example.net>`,
	"MIME-Version: 1.0",
	"Content-Type: text/plain; charset=utf-8",
];

/** Sends a letter of a stranger to the public port. @returns the reply */
async function deliver(to: string, subject: string, from = harness.net.newClient()): Promise<string> {
	const server = await harness.call(25, { from });
	await greet(server);
	return await send(server, {
		from: stranger,
		to,
		body: `Hello, this is about ${subject}.`,
		header: fields(subject),
	});
}

/** A login at a port of the pod, from another pod. */
async function login(port: number, user = me, password = passwordOf(user)) {
	const server = await harness.inside(pod, port);
	return { server, reply: await logIn(server, { implicit: port === 465, user, password }) };
}

describe("the container", () => {
	test("has the memory, the rights and the environment of the pod, and nothing was killed", () => {
		const container = pod.container as ImageContainer;
		expect([container.memoryLimit, container.kills]).toEqual([site.mail.memory, 0]);
		const status = pod.run("cat", "/proc/1/status");
		const bounding = BigInt(`0x${/^CapBnd:\s+(\w+)$/m.exec(status)?.[1]}`);
		const added = harness.deployed.pod("deployment", "mailserver").container[0].security_context.capabilities
			.add;
		expect(bounding.toString(2).replaceAll("0", "")).toHaveLength(added.length);
	});

	/** Numbers of the ports that something listens on, by whether others reach them. */
	const listening = () => {
		const sockets = pod.run("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6").split("\n");
		const ports = sockets.flatMap((line) => {
			const [, address, port = ""] = /^\s*\d+: (\w+):(\w{4}) \w+:\w{4} 0A /.exec(line) ?? [];
			return address === undefined ? [] : [{ address, port: Number.parseInt(port, 16) }];
		});
		const local = ({ address }: { address: string }) => /^0100007F$|^0{24}01000000$/.test(address);
		const numbers = (some: typeof ports) => [...new Set(some.map(({ port }) => port))].sort();
		return { outside: numbers(ports.filter((one) => !local(one))), inside: numbers(ports.filter(local)) };
	};

	test("listens for others on the ports of the list, and on no other", () => {
		const wanted = mailListeners(world).flatMap(({ stock, proxied }) => [stock.port, proxied.port]);
		expect(listening().outside).toEqual(wanted.sort());
	});

	test("has the ports that no listener may have, and what readiness asks for is among them", () => {
		const { inside } = listening();
		const resolver = 53;
		expect(inside.filter((port) => !imagePorts.has(port))).toEqual([resolver]);
		expect(inside).toEqual(expect.arrayContaining([...backingPorts(world)]));
	});

	test("complains of nothing in its set-up but what the image cannot know", () => {
		const complaints = pod.output.split("\n").filter((line) => /\b(WARN|ERROR)\b|failed/.test(line));
		expect(
			complaints.filter((line) => !/Missing relay-host mapped|address resolution for/.test(line)),
		).toEqual([]);
	});
});

describe("mail from the world", () => {
	test("P1: passes the edge and the filter, and reaches the mailbox with the address of its sender", async () => {
		const from = harness.net.newClient();
		expect(await deliver(me, "through-the-edge", from)).toMatch(/^250/);
		const mail = await pod.arrival(me, "through-the-edge");
		expect(mail).toContain(`[${from}]`);
		expect(mail).toMatch(/^Authentication-Results: /m);
	});

	test.for([
		["nobody-knows", site.mail.catchAll],
		["a.b", of("a.b")],
		["a-b+lists", of("a-b")],
	] as const)("P28: for %s is in the mailbox of %s", async ([name, mailbox]) => {
		expect(await deliver(of(name), `for-${name}`)).toMatch(/^250/);
		await pod.arrival(mailbox, `for-${name}`);
	});

	test("P11: for others is refused: it is no open relay", async () => {
		expect(await deliver("other@example.net", "relay")).toMatch(/^554/);
	});
});

describe("mail of the users", () => {
	test.for([587, 465])(
		"P30, P31: is signed as the DNS says and leaves by the relay, from port %d",
		async (port) => {
			const { server, reply } = await login(port);
			expect(reply).toMatch(/^235/);
			const body = `outgoing-${port}`;
			expect(await send(server, { from: me, to: stranger, body, header: fields(body) })).toMatch(/^250/);
			const { text, login: shown, from } = await relay.arrival(body);
			expect([shown, from]).toEqual([relayLogin, me]);
			const record = harness.deployed.argument(
				"cloudflare_dns_record",
				`mail._domainkey.${domain}`,
				"content",
			);
			expect(DkimSignature.of(text)?.holds(record)).toBe(true);
		},
	);

	test.for([587, 465])(
		"P16: is taken at the edge on port %d, with the address of the client in the log",
		async (port) => {
			const from = harness.net.newClient();
			const server = await harness.call(port, { from });
			expect(await logIn(server, { implicit: port === 465, user: me, password: passwordOf(me) })).toMatch(
				/^235/,
			);
			expect(await send(server, { from: me, to: info, body: `edge-${port}` })).toMatch(/^250/);
			await pod.arrival(info, `edge-${port}`);
			await pod.logged(new RegExp(`\\[${from}\\], sasl_method=PLAIN, sasl_username=${me}`));
		},
	);

	test("P17: carries a sender of their own, or an alias that leads to them, and nobody else's", async () => {
		const reply = async (from: string) =>
			send((await login(587)).server, { from, to: info, body: `as-${from}` });
		expect(await reply(of("contact"))).toMatch(/^250/);
		expect(await reply(info)).toMatch(/^553/);
		expect(await reply(of("nobody-knows"))).toMatch(/^553/);
	});

	test("P7: is read by IMAP through the edge", async () => {
		const from = harness.net.newClient();
		const server = await (await harness.call(993, { from })).secure();
		expect(await server.imap(`LOGIN ${info} ${passwordOf(info)}`)).toContain("a OK");
		expect(await server.imap("SELECT INBOX")).toMatch(/\* [1-9]\d* EXISTS/);
		await pod.logged(new RegExp(`Login: user=<${info}>.*rip=${from}.*`), "dovecotLog");
	});
});

test("every account logs in with its own password, and nobody else with any", async () => {
	const addresses = [...accounts, ...Object.keys(site.mail.aliases), of("nobody-knows"), "root", "docker"];
	// Dovecot lets each wrong one wait: all of them at once.
	const attempt = addresses.flatMap((address) =>
		accounts.map((account) => {
			const pair = `${address} ${account}`;
			return `doveadm auth test ${address} ${passwordOf(account)} >/dev/null 2>&1 && echo ${pair} &`;
		}),
	);
	const works = pod
		.run("bash", "-c", `${attempt.join("\n")}\nwait`)
		.trim()
		.split("\n");
	expect(works.sort()).toEqual(accounts.map((account) => `${account} ${account}`).sort());
});

describe("a second domain", () => {
	test("has its mail, and none for addresses that it does not have", async () => {
		expect(await deliver(mine, "for-the-second")).toMatch(/^250/);
		await pod.arrival(mine, "for-the-second");
		expect(pod.inbox(me).join()).not.toContain("for-the-second");
		expect(await deliver(`nobody@${second}`, "for-nobody")).toMatch(/^550/);
	});

	test("signs with its own key, and its senders leave under their own name", async () => {
		const { server, reply } = await login(587, mine);
		expect(reply).toMatch(/^235/);
		const body = "from-the-second";
		expect(await send(server, { from: mine, to: stranger, body, header: fields(body) })).toMatch(/^250/);
		const { from, text } = await relay.arrival(body);
		// Rewritten to the first domain (SRS) it would be that domain's mail to SPF.
		expect(from).toBe(mine);
		const signature = DkimSignature.of(text);
		expect(signature?.tags.d).toBe(second);
		const record = harness.deployed.argument("cloudflare_dns_record", `mail._domainkey.${second}`, "content");
		expect(signature?.holds(record)).toBe(true);
	});

	test("is not what the first may send as, nor the other way round", async () => {
		const reply = async (user: string, from: string) =>
			send((await login(587, user)).server, { from, to: info, body: `as-${from}` });
		expect(await reply(me, mine)).toMatch(/^553/);
		expect(await reply(mine, me)).toMatch(/^553/);
	});
});

describe("a user's filters", () => {
	test("are set through the edge, sort mail, and send an out-of-office note by the relay", async () => {
		const from = harness.net.newClient();
		const editor = await harness.call(4190, { from });
		expect(await logInToSieve(editor, info, "wrong")).toMatch(/^NO/m);
		const server = await harness.call(4190, { from });
		expect(await logInToSieve(server, info, passwordOf(info))).toMatch(/^OK/m);
		const script = `require ["fileinto", "vacation"];
if header :contains "subject" "lists" { fileinto "Drafts"; }
vacation :days 1 :subject "out-of-office" "I am away.";
`;
		expect(await askSieve(server, `PUTSCRIPT "main" {${script.length}+}\r\n${script}`)).toMatch(/^OK/m);
		expect(await askSieve(server, 'SETACTIVE "main"')).toMatch(/^OK/m);
		await pod.logged(new RegExp(`managesieve-login: Login: user=<${info}>.*rip=${from}.*`), "dovecotLog");
		expect(await deliver(info, "lists-and-more")).toMatch(/^250/);
		const note = await relay.arrival("out-of-office");
		expect([note.from, note.to]).toEqual(["", [stranger]]);
		expect(pod.run("sh", "-c", `cat /var/mail/${domain}/info/.Drafts/new/*`)).toContain("lists-and-more");
	});
});

describe("what others have reported of the image", () => {
	test.for([25, 587, 993])("TLS below 1.2 is not spoken on port %d", (port) => {
		const start = { 25: "-starttls smtp", 587: "-starttls smtp", 993: "" }[port];
		const speak = (version: string) =>
			pod.run(
				"sh",
				"-c",
				`echo | timeout 20 openssl s_client ${start} -connect 127.0.0.1:${port} -${version} -cipher ALL:@SECLEVEL=0 2>&1 || true`,
			);
		for (const version of ["tls1", "tls1_1"]) expect(speak(version)).toContain("Cipher is (NONE)");
		expect(speak("tls1_2")).toMatch(/Protocol *: TLSv1\.2/);
	});

	test("a line that is a dot between bare line feeds ends no message, nor begins another", async () => {
		const server = await harness.call(25, { from: harness.net.newClient() });
		await greet(server);
		const smuggled = `MAIL FROM:<forged@${domain}>\r\nRCPT TO:<${me}>\r\nDATA\r\nSubject: smuggled-in\r\n\r\nx`;
		const body = `outer-message\n.\n${smuggled}`;
		const reply = await send(server, { from: stranger, to: me, body, header: fields("outer") });
		if (reply.startsWith("250")) await pod.arrival(me, "outer-message");
		else expect(reply).toMatch(/^5\d\d/);
		expect(
			pod.inbox(me).filter((mail) => /^Subject: smuggled-in/m.test(mail.split(/\r?\n\r?\n/)[0] ?? "")),
		).toEqual([]);
		expect(pod.postfixLog).not.toContain(`from=<forged@${domain}>`);
	});

	test("its logs are rotated on the volume", () => {
		const before = pod.run("sh", "-c", "ls /var/log/mail").split("\n").length;
		pod.run("logrotate", "--force", "/etc/logrotate.d/maillog");
		expect(pod.run("sh", "-c", "ls /var/log/mail").split("\n").length).toBeGreaterThan(before);
	});

	test("cron runs jobs with the rights of the pod", async () => {
		await waitFor("cron has run a job", () => pod.run("sh", "-c", `cat ${cronMark} || true`) !== "", {
			within: 90_000,
		});
	});
});

/** What the jobs talk to beside the mail server: takes everything, and prints it. */
const sinkProgram = `require("node:http").createServer((request, response) => {
	request.on("data", (bytes) => process.stdout.write(bytes));
	request.on("end", () => response.end());
}).listen(9099, "127.0.0.1")`;
const sink = "http://127.0.0.1:9099";

/** Runs the deployed program of a CronJob on a node's network. @returns what it prints, and its exit code */
async function runJob(workload: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
	const { command, env: deployed } = harness.deployed.container("cron_job", workload, workload);
	const programs = join(import.meta.dirname, "../../../constructs/mail/programs");
	const [program = "", ...args] = command.map((word) => word.replace("/programs", programs));
	const child = spawn("ip", harness.net.workers[0].host.inside(program, args), {
		env: {
			PATH: process.env.PATH,
			...deployed,
			MAILBOX_PASSWORD: passwordOf(site.mail.catchAll),
			PUSHGATEWAY: sink,
			CA_FILE: harness.authority,
			IMAP_HOST: pod.host.address,
			...env,
		},
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	child.stdout.on("data", (bytes) => {
		output += bytes;
	});
	const [code] = await once(child, "exit");
	return `${output}exit ${code}`;
}

describe("jobs", () => {
	test("P41: the probe comes in and goes out, is signed and found; and logs in at every public listener", async () => {
		const from = harness.net.newClient();
		const taken = harness.net.workers[0].host.start("sink", process.execPath, ["-e", sinkProgram]);
		/** What the relay does with mail for the probe's address: brings it to the public port. */
		const bring = async (sender: string, text: string) => {
			const server = await harness.call(25, { from });
			await greet(server);
			for (const line of [`MAIL FROM:<${sender}>`, `RCPT TO:<${site.mail.probe.recipient}>`, "DATA"])
				await server.ask(line);
			return await server.ask(`${text}.`);
		};
		const into = async () => {
			const subject: string = await waitFor(
				"the relay's API gets the probe",
				() => /"subject": "([^"]+)"/.exec(taken.log)?.[1],
				{ within: 20_000 },
			);
			const header = [`From: <${stranger}>`, `To: <${site.mail.probe.recipient}>`, ...fields(subject)];
			return await bring(stranger, [...header, "", "Round trip of mail.", ""].join("\r\n"));
		};
		const out = async () => {
			const { text } = await relay.arrival("[E2E Monitor]");
			return await bring(site.mail.catchAll, text);
		};
		const listeners = mailListeners(world)
			.filter(({ protocol }) => protocol !== "smtp")
			.map(({ name, protocol, tls, publicPort: port }) => ({ name, protocol, tls, port, host: "10.0.20.1" }));
		const job = runJob("email-roundtrip-monitor", {
			RELAY_URL: sink,
			RELAY_API_KEY: "dummy-key",
			UPTIME_URL: sink,
			SUBMISSION: JSON.stringify({ name: "sub", tls: "required", host: pod.host.address, port: 587 }),
			LISTENERS: JSON.stringify(listeners),
			WINDOW_SECONDS: "30",
			POLL_SECONDS: "0.5",
		});
		const [output, ...replies] = await Promise.all([job, into(), out()]);
		expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["250", "250"]);
		expect(output).toContain("email_outgoing_authenticated 1\n");
		expect(output).toMatch(/exit 0$/);
	});

	test("the retention logs in and leaves what is new", async () => {
		const before = pod.inbox(site.mail.catchAll).length;
		expect(await runJob("spam-retention")).toMatch(new RegExp(`kept_total ${before}\n(.*\n)*exit 0$`));
		expect(pod.inbox(site.mail.catchAll)).toHaveLength(before);
	});

	test("P36: the backup of the live trees is complete", async () => {
		const script = join(import.meta.dirname, "../../../constructs/mail/scripts/copy-trees.sh");
		const target = join(harness.net.network.folder, "backup");
		mkdirSync(target);
		const child = spawn("sh", [script], {
			env: { PATH: process.env.PATH, SOURCE_DIR: pod.volume, BACKUP_DIR: target, COPY_NAME: "%G-W%V" },
			stdio: ["ignore", "ignore", "inherit"],
		});
		expect(await once(child, "exit")).toEqual([0, null]);
		const [copy = ""] = readdirSync(target);
		expect(readdirSync(join(target, copy)).sort()).toEqual(["data", "log", "state"]);
	});
});

// Last: another container takes its place.
describe("a container that died", () => {
	test("is followed by one that has the mail, the state and the keys of the first", async () => {
		const { length } = pod.inbox(info);
		const { peak, memoryLimit, kills } = pod.container as ImageContainer;
		summary("image", `most memory in use ${peak >> 20} of ${memoryLimit >> 20} MiB`);
		expect(kills).toBe(0);
		await pod.kill();
		const begin = Date.now();
		await start();
		summary("image", `ready after ${since(begin)} ms on a volume in use`);
		expect(pod.inbox(info)).toHaveLength(length);
		const { server } = await login(587);
		expect(await send(server, { from: me, to: info, body: "after-the-death" })).toMatch(/^250/);
		await pod.arrival(info, "after-the-death");
	});

	test("ends in its time when it is asked to", async () => {
		const begin = Date.now();
		await pod.stop();
		const { termination_grace_period_seconds: grace } = harness.deployed.pod("deployment", "mailserver");
		expect(since(begin)).toBeLessThan(1000 * grace);
		summary("image", `stopped after ${since(begin)} ms`);
	});
});
