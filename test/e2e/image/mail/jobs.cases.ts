import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mailListeners } from "../../../../constructs/mail/listeners.ts";
import { waitFor } from "../../harness/wait-for.ts";
import { greet } from "../../mail/mail.ts";
import { fields, type Now, passwordOf, stranger } from "./running.ts";
import { world } from "./world.ts";

/** What the jobs talk to beside the mail server: takes everything, and prints it. */
const sinkProgram = `require("node:http").createServer((request, response) => {
	request.on("data", (bytes) => process.stdout.write(bytes));
	request.on("end", () => response.end());
}).listen(9099, "127.0.0.1")`;
const sink = "http://127.0.0.1:9099";

/** Runs the deployed program of a CronJob on a node's network. @returns what it prints, and its exit code */
async function runJob(
	now: Now,
	workload: string,
	env: Readonly<Record<string, string>> = {},
): Promise<string> {
	const { command, env: deployed } = now().harness.deployed.container("cron_job", workload, workload);
	const programs = join(import.meta.dirname, "../../../../constructs/mail/programs");
	const [program = "", ...args] = command.map((word) => word.replace("/programs", programs));
	const child = spawn("ip", now().harness.net.workers[0].host.inside(program, args), {
		env: {
			PATH: process.env.PATH,
			...deployed,
			MAILBOX_PASSWORD: passwordOf(world.mail.catchAll),
			PUSHGATEWAY: sink,
			CA_FILE: now().harness.authority,
			IMAP_HOST: now().pod.host.address,
			...env,
		},
		stdio: ["ignore", "pipe", "inherit"],
	});
	let output = "";
	child.stdout.on("data", (bytes) => {
		output += bytes;
	});
	// It may have ended before all that it printed was read.
	const [code] = await once(child, "close");
	return `${output}exit ${code}`;
}

/** The probe goes in and out beside everything else. */
export function theProbe(now: Now): void {
	test("P41: the probe comes in and goes out, is signed and found; and logs in at every public listener", async () => {
		const from = now().harness.net.newClient();
		const taken = now().harness.net.workers[0].host.start("sink", process.execPath, ["-e", sinkProgram]);
		/** What the relay does with mail for the probe's address: brings it to the public port. */
		const bring = async (sender: string, text: string) => {
			using server = await now().harness.call(25, { from });
			await greet(server);
			for (const line of [`MAIL FROM:<${sender}>`, `RCPT TO:<${world.mail.probe.recipient}>`, "DATA"])
				await server.ask(line);
			return await server.ask(`${text}.`);
		};
		const into = async () => {
			const subject: string = await waitFor(
				"the relay's API gets the probe",
				() => /"subject": "([^"]+)"/.exec(taken.log)?.[1],
				{ within: 60_000 },
			);
			const header = [`From: <${stranger}>`, `To: <${world.mail.probe.recipient}>`, ...fields(subject)];
			return await bring(stranger, [...header, "", "Round trip of mail.", ""].join("\r\n"));
		};
		const out = async () => {
			const { text } = await now().relay.arrival("[E2E Monitor]");
			return await bring(world.mail.catchAll, text);
		};
		const listeners = mailListeners(world)
			.filter(({ protocol }) => protocol !== "smtp")
			.map(({ name, protocol, tls, publicPort: port }) => ({ name, protocol, tls, port, host: "10.0.20.1" }));
		const job = runJob(now, "email-roundtrip-monitor", {
			RELAY_URL: sink,
			RELAY_API_KEY: "dummy-key",
			UPTIME_URL: sink,
			SUBMISSION: JSON.stringify({ name: "sub", tls: "required", host: now().pod.host.address, port: 587 }),
			LISTENERS: JSON.stringify(listeners),
			WINDOW_SECONDS: "30",
			POLL_SECONDS: "0.5",
		});
		const [output, ...replies] = await Promise.all([job, into(), out()]);
		expect(replies.map((reply) => reply.slice(0, 3))).toEqual(["250", "250"]);
		expect(output).toContain("email_outgoing_authenticated 1\n");
		expect(output).toMatch(/exit 0$/);
	});
}

/** What reads the mailboxes as a whole. */
export function theJobs(now: Now): void {
	describe("jobs", () => {
		test("the retention logs in and leaves what is new", async () => {
			const before = now().pod.inbox(world.mail.catchAll).length;
			expect(await runJob(now, "spam-retention")).toMatch(new RegExp(`kept_total ${before}\n(.*\n)*exit 0$`));
			expect(now().pod.inbox(world.mail.catchAll)).toHaveLength(before);
		});

		test("P36: the backup of the live trees is complete", async () => {
			const script = join(import.meta.dirname, "../../../../constructs/mail/scripts/copy-trees.sh");
			const target = join(now().harness.net.network.folder, "backup");
			mkdirSync(target);
			const child = spawn("sh", [script], {
				env: {
					PATH: process.env.PATH,
					SOURCE_DIR: now().pod.volume,
					BACKUP_DIR: target,
					COPY_NAME: "%G-W%V",
				},
				stdio: ["ignore", "ignore", "inherit"],
			});
			expect(await once(child, "exit")).toEqual([0, null]);
			// The lock stays: it is held by whoever has the file open.
			const [copy = "", ...others] = readdirSync(target).filter((name) => name !== ".lock");
			expect(others).toEqual([]);
			expect(readdirSync(join(target, copy)).sort()).toEqual(["SHA256SUMS", "data", "log", "state"]);
		});
	});
}
