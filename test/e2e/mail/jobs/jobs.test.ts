import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../../../lab/free-port.ts";
import { ended } from "../../harness/ended.ts";
import { needs } from "../../harness/needs.ts";
import { Mailbox, password, serverName } from "./mailbox.ts";
import { Submission } from "./submission.ts";

needs("dovecot", "openssl", "python3", "root");

const programs = join(import.meta.dirname, "../../../../constructs/mail/programs");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-mail-jobs-`));
let mailbox: Mailbox;

beforeAll(async () => {
	if (process.getuid?.() === 0) mailbox = await Mailbox.start(folder);
});
beforeEach(() => mailbox?.renew());
afterAll(async () => {
	await mailbox?.pause();
	rmSync(folder, { recursive: true });
});

interface Report {
	readonly code: number;
	readonly output: string;
	/** Metrics by name and labels, as the Pushgateway got them; none when it refused. */
	readonly metrics: Readonly<Record<string, number>>;
	/** Requests that the uptime monitor got. */
	readonly beats: readonly string[];
}

interface World {
	/** What becomes of a submitted probe. @default delivered, with a verdict that it is authentic */
	readonly submitted?: (subject: string) => void;
	/** What the relay does with a probe, or the status with which it refuses. */
	readonly relay?: ((subject: string) => void) | number;
	readonly pushgateway?: number;
	readonly monitor?: number;
	readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program against stand-ins of everything but the mailbox. */
async function run(
	program: string,
	{ relay = 201, pushgateway = 200, monitor = 200, submitted = deliverAuthentic, env }: World,
): Promise<Report> {
	const metrics: Record<string, number> = {};
	const beats: string[] = [];
	const servers: Server[] = [];
	const serve = async (answer: (path: string, body: NodeJS.ReadableStream) => Promise<number> | number) => {
		const server = createServer(async (request, response) =>
			response.writeHead(await answer(request.url ?? "", request)).end(),
		).listen(0, "127.0.0.1");
		servers.push(server);
		await once(server, "listening");
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	};
	const urls = {
		RELAY_URL: await serve(async (_, body) => {
			if (typeof relay === "number") return relay;
			relay(((await json(body)) as { subject: string }).subject);
			return 201;
		}),
		PUSHGATEWAY: await serve(async (_, body) => {
			if (pushgateway === 200)
				for (const line of (await text(body)).trimEnd().split("\n")) {
					const [, name = "", value] = /^(.*) (\S+)$/.exec(line) ?? [];
					metrics[name] = Number(value);
				}
			return pushgateway;
		}),
		UPTIME_URL: await serve((path) => {
			if (monitor === 200) beats.push(path);
			return monitor;
		}),
	};
	const submission = await Submission.start(
		{ key: mailbox.key, certificate: mailbox.certificate },
		({ text }) => submitted(/^Subject: (.*)\r$/m.exec(text)?.[1] ?? ""),
	);
	const child = spawn("python3", ["-B", join(programs, program)], {
		env: {
			PATH: process.env.PATH,
			...urls,
			RELAY_API_KEY: "dummy-key",
			SENDER: "monitoring@example.org",
			RECIPIENT: "smoke-test@example.org",
			MAILBOX: mailbox.address,
			MAILBOX_PASSWORD: password,
			IMAP_HOST: "127.0.0.1",
			IMAP_PORT: String(mailbox.port),
			SERVER_NAME: serverName,
			CA_FILE: mailbox.certificate,
			SUBMISSION: JSON.stringify(submission.listener),
			LISTENERS: "[]",
			WINDOW_SECONDS: "60",
			POLL_SECONDS: "0.2",
			JOB_NAME: "mail-job",
			AUTOMATED_DAYS: "14",
			OTHER_DAYS: "90",
			...env,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const { code, output, errors } = await ended(child);
	for (const server of servers) server.close();
	submission[Symbol.dispose]();
	return { code, output: output + errors, metrics, beats };
}

const mail = (subject: string, ...fields: string[]) =>
	["From: one@example.net", `Subject: ${subject}`, ...fields, "", "List-Unsubscribe: in the body", ""].join(
		"\r\n",
	);

const deliver = (subject: string, ...fields: string[]) =>
	mailbox.deliver(`probe-${subject.slice(-4)}`, 0, mail(subject, ...fields), { unread: true });
/** As Rspamd writes it. */
const verdict = (dmarc: string) =>
	`Authentication-Results: mail.example.org;\r\n\tdkim=pass header.d=example.org header.s=mail;\r\n\t${dmarc}`;
const deliverAuthentic = (subject: string) =>
	deliver(subject, verdict("dmarc=pass (policy=quarantine) header.from=example.org"));

describe("round trip", () => {
	const probe = (world: World) => run("roundtrip.py", world);

	test("P41: a probe that arrives ends with 0, its metrics and a beat, and no probe is left", async () => {
		mailbox.deliver("leftover", 1, mail("[E2E Monitor] e2e-probe-000000000000"));
		mailbox.deliver("letter", 1, mail("Hello"));
		const { code, metrics, beats } = await probe({ relay: deliver });
		expect(code).toBe(0);
		expect(Object.keys(metrics).sort()).toEqual([
			"email_outgoing_authenticated",
			"email_outgoing_duration_seconds",
			"email_outgoing_last_success_timestamp",
			"email_outgoing_success",
			"email_roundtrip_duration_seconds",
			"email_roundtrip_last_success_timestamp",
			"email_roundtrip_success",
		]);
		expect(metrics).toMatchObject({
			email_roundtrip_success: 1,
			email_outgoing_success: 1,
			email_outgoing_authenticated: 1,
		});
		expect(beats).toEqual([expect.stringMatching(/status=up&msg=OK&ping=\d+$/)]);
		expect(mailbox.messages()).toEqual(["letter"]);
	});

	test("P42: mail that does not arrive is a failure without a time of success, and no beat", async () => {
		mailbox.deliver("letter", 1, mail("Hello"));
		const { code, metrics, beats } = await probe({ relay: () => {}, env: { WINDOW_SECONDS: "3" } });
		expect(code).toBe(1);
		expect(metrics.email_roundtrip_success).toBe(0);
		expect(metrics).not.toHaveProperty("email_roundtrip_last_success_timestamp");
		expect(beats).toEqual([]);
	});

	test("mail that does not leave is a failure of its own, while what comes in is well", async () => {
		const { code, metrics, beats } = await probe({
			relay: deliver,
			submitted: () => {},
			env: { WINDOW_SECONDS: "10" },
		});
		expect(code).toBe(1);
		expect(metrics).toMatchObject({ email_roundtrip_success: 1, email_outgoing_success: 0 });
		expect(Object.keys(metrics)).not.toContain("email_outgoing_last_success_timestamp");
		expect(Object.keys(metrics)).not.toContain("email_outgoing_authenticated");
		expect(beats).toEqual([]);
	});

	test("a server that takes no mail is a failure, and the other probe goes on", async () => {
		const SUBMISSION = JSON.stringify({
			name: "sub",
			tls: "required",
			host: "127.0.0.1",
			port: await freePort(),
		});
		const { code, metrics, output } = await probe({ relay: deliver, env: { SUBMISSION } });
		expect(code).toBe(1);
		expect(output).toContain("the server does not take the probe: ");
		expect(metrics).toMatchObject({ email_roundtrip_success: 1, email_outgoing_success: 0 });
	});

	test.for([
		'dmarc=fail reason="no aligned signature" header.from=example.org (policy=quarantine)',
		"dmarc=none",
	])("mail that leaves and is not known for ours is told: %s", async (dmarc) => {
		const { metrics } = await probe({
			relay: deliver,
			submitted: (subject) => deliver(subject, verdict(dmarc)),
		});
		expect(metrics).toMatchObject({ email_outgoing_success: 1, email_outgoing_authenticated: 0 });
	});

	test("a probe that the filter has marked is found in its folder, said, and removed", async () => {
		const junk = (subject: string) => mailbox.deliver("probe", 0, mail(subject), { folder: "Junk" });
		const { code, output } = await probe({ relay: junk });
		expect(code).toBe(0);
		expect(output).toContain("is in Junk: the filter has marked it");
		expect(mailbox.messages("Junk")).toEqual([]);
	});

	test("P42: a Pushgateway that is down is no failure as long as the monitor hears of the success", async () => {
		const { code, beats } = await probe({ relay: deliver, pushgateway: 503 });
		expect(code).toBe(0);
		expect(beats).toHaveLength(1);
	});

	test("P42: a success that nobody hears of is a failure", async () => {
		const { code } = await probe({ relay: deliver, pushgateway: 503, monitor: 500 });
		expect(code).toBe(1);
	});

	test("a relay that refuses the probe is reported as a failed round trip", async () => {
		const { code, metrics, output } = await probe({ relay: 401 });
		expect(code).toBe(1);
		expect(metrics.email_roundtrip_success).toBe(0);
		expect(output).toContain("the relay does not take the probe: HTTP Error 401");
	});

	test("a mailbox that comes back within the window is still read", async () => {
		await mailbox.pause();
		const result = probe({
			relay: (subject) => {
				deliver(subject);
				setTimeout(() => mailbox.resume(), 500);
			},
		});
		const { code, output } = await result;
		expect(output).toContain(`cannot read ${mailbox.address}`);
		expect(code).toBe(0);
	});

	test("a certificate for another name is a failure", async () => {
		const env = { SERVER_NAME: "other.example.org", WINDOW_SECONDS: "3" };
		const { code, output } = await probe({ relay: deliver, env });
		expect(code).toBe(1);
		expect(output).toContain("Hostname mismatch");
	});

	test("a listener that nobody can log in at fails the run although the mail arrived", async () => {
		const listener = (name: string, port: number) => ({
			name,
			protocol: "imap",
			tls: "implicit",
			host: "127.0.0.1",
			port,
		});
		const listeners = [listener("imaps", mailbox.port), listener("closed", await freePort())];
		const { code, metrics, beats } = await probe({
			relay: deliver,
			env: { LISTENERS: JSON.stringify(listeners) },
		});
		expect(code).toBe(1);
		expect(metrics).toMatchObject({
			email_roundtrip_success: 1,
			'email_login_success{listener="imaps"}': 1,
			'email_login_success{listener="closed"}': 0,
		});
		expect(beats).toEqual([]);
	});

	test.for(["MAILBOX_PASSWORD", "RELAY_API_KEY", "UPTIME_URL"])("an empty %s is an error", async (name) => {
		const { code, output } = await probe({ env: { [name]: "" } });
		expect(code).toBe(1);
		expect(output).toContain(`${name} is not set`);
	});

	test("neither passwords nor the address of the monitor are ever printed", async () => {
		const { output } = await probe({ relay: deliver, monitor: 500, env: { LISTENERS: "[]" } });
		expect(output).not.toContain(password);
		expect(output).not.toContain("dummy-key");
		expect(output).not.toContain("status=up");
	});
});

describe("retention of the catch-all's mail", () => {
	const tidy = (world: World = {}) => run("spam_retention.py", world);

	test("P43: automated mail goes after 14 days, other mail after 90", async () => {
		const list = "List-Unsubscribe: <https://example.net/bye>";
		mailbox.deliver("letter-89", 89.9, mail("One"));
		mailbox.deliver("letter-91", 90.1, mail("Two"));
		mailbox.deliver("list-13", 13.9, mail("Three", list));
		mailbox.deliver("list-15", 14.1, mail("Four", list));
		mailbox.deliver("unread-15", 14.1, mail("Five", list), { unread: true });
		mailbox.deliver("unix-15", 14.1, mail("Six", list).replaceAll("\r\n", "\n"));
		mailbox.deliver("bulk-15", 14.1, mail("Seven", "precedence: Bulk"));
		mailbox.deliver("robot-15", 14.1, mail("Eight", "Auto-Submitted: auto-replied; owner=x"));
		mailbox.deliver("folded-15", 14.1, mail("Nine", "Precedence:", "\tlist"));
		mailbox.deliver("person-15", 14.1, mail("Ten", "Auto-Submitted: no", "Precedence: first-class"));
		const { code, metrics } = await tidy();
		expect(code).toBe(0);
		expect(mailbox.messages()).toEqual(["letter-89", "list-13", "person-15"]);
		expect(metrics).toMatchObject({
			spam_retention_scanned_total: 10,
			spam_retention_auto_deleted_total: 6,
			spam_retention_human_deleted_total: 1,
			spam_retention_kept_total: 3,
			spam_retention_errors_total: 0,
		});
	});

	test("mail that the filter has marked goes like the rest, and what the owner has flagged stays", async () => {
		const list = "List-Unsubscribe: <https://example.net/bye>";
		mailbox.deliver("old", 14.1, mail("One", list));
		mailbox.deliver("marked-15", 14.1, mail("Two", list), { folder: "Junk" });
		mailbox.deliver("marked-13", 13.9, mail("Three", list), { folder: "Junk" });
		mailbox.deliver("marked-91", 90.1, mail("Four"), { folder: "Junk", unread: true });
		mailbox.deliver("flagged-91", 90.1, mail("Five"), { flags: "F" });
		mailbox.deliver("elsewhere-91", 90.1, mail("Six"), { folder: "Kept" });
		const { code, metrics } = await tidy();
		expect(code).toBe(0);
		expect([mailbox.messages(), mailbox.messages("Junk"), mailbox.messages("Kept")]).toEqual([
			["flagged-91"],
			["marked-13"],
			["elsewhere-91"],
		]);
		expect(metrics).toMatchObject({ spam_retention_scanned_total: 4, spam_retention_kept_total: 1 });
	});

	test("more messages than one request names are all looked at", async () => {
		for (let number = 0; number < 450; number++)
			mailbox.deliver(`m${number}`, number % 2 === 0 ? 91 : 1, mail(String(number)));
		const { metrics } = await tidy();
		expect(metrics).toMatchObject({
			spam_retention_scanned_total: 450,
			spam_retention_human_deleted_total: 225,
		});
		expect(mailbox.messages()).toHaveLength(225);
	});

	test("an empty inbox is no error", async () => {
		mailbox.deliver("only", 91, mail("One"));
		await tidy();
		const { code, metrics } = await tidy();
		expect(code).toBe(0);
		expect(metrics.spam_retention_scanned_total).toBe(0);
	});

	test("a wrong password is an error, and there is no time of success", async () => {
		const { code, metrics, output } = await tidy({ env: { MAILBOX_PASSWORD: "wrong" } });
		expect(code).toBe(1);
		expect(metrics.spam_retention_errors_total).toBe(1);
		expect(metrics).not.toHaveProperty("spam_retention_last_success_timestamp");
		expect(output).toContain(`${mailbox.address} cannot be tidied`);
	});
});
