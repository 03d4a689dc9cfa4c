import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { queueJob } from "../../../constructs/mail/mail-server.ts";
import { AlertRulesFile } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { Gateway } from "./gateway.ts";
import { logIn, send } from "./mail.ts";
import { MailHarness, me, password, podCommands, site } from "./mail-harness.ts";
import type { MailPod } from "./mail-pod.ts";

vi.setConfig({ testTimeout: 300_000 });

const able = needs(...podCommands, "openssl", "promtool", "python3", "curl");
const rules = new AlertRulesFile(new DeployedStack(site, "mailserver").files("mailserver-alerts"));

let harness: MailHarness;
let pod: MailPod;
let gateway: Gateway;

beforeAll(async () => {
	if (!able) return;
	harness = new MailHarness();
	pod = await harness.startPod(harness.net.workers[0], {
		env: Gateway.env,
	});
	gateway = new Gateway(pod);
});
afterAll(() => harness?.[Symbol.dispose]());

const reports = () => gateway.reports(queueJob);
const told = (what: string, holds: (metrics: Readonly<Record<string, number>>) => boolean) =>
	gateway.told(queueJob, what, holds);

const deferred = 'mail_queue_messages{queue="deferred"}';
const oldest = "mail_queue_oldest_seconds";
const series = (name: string) =>
	name.replace(/(\{|$)/, (end) => `{job="mailserver-queue"${end ? ", " : "}"}`);

/** Whether alerts fire for what was told, when it stays so. */
function fires(metrics: Readonly<Record<string, number>>, firing: Readonly<Record<string, 0 | 1>>): void {
	for (const [alert, count] of Object.entries(firing))
		rules.expectFiring(
			alert,
			{
				[series(deferred)]: `${metrics[deferred]}x90`,
				// What does not leave grows older.
				[series(oldest)]: metrics[oldest] === 0 ? "0x90" : `${metrics[oldest]}+60x90`,
				[series("mail_queue_last_success_timestamp")]: "0+60x90",
			},
			{ "90m": count },
		);
}

test("what the relay does not take is told and grows old, alerts fire, and all is well when it takes it", async () => {
	fires(await told("an empty queue", (metrics) => metrics[oldest] === 0), {
		EmailQueueLong: 0,
		EmailQueueOld: 0,
	});
	const server = await harness.inside(pod, 587);
	await logIn(server, { implicit: false, user: me, password });
	for (let index = 0; index < 26; index++)
		expect(await send(server, { from: me, to: "stranger@example.net", body: `waits-${index}` })).toMatch(
			/^250/,
		);
	const bad = await told("what waits", (metrics) => metrics[deferred] === 26 && (metrics[oldest] ?? 0) > 1);
	fires(bad, { EmailQueueLong: 1, EmailQueueOld: 1, EmailQueueUnknown: 0 });
	const relay = await harness.startRelay();
	pod.run("postqueue", "-f");
	fires(await told("an empty queue again", (metrics) => metrics[deferred] === 0 && metrics[oldest] === 0), {
		EmailQueueLong: 0,
		EmailQueueOld: 0,
	});
	await waitFor("the relay tells of all", () => relay.taken.length >= 26, { within: 30_000 });
	expect(relay.taken).toHaveLength(26);
});

test.for([
	["a listing that breaks off", 'printf \'{"queue_name": "deferred", "arrival_t\''],
	["a listing that fails at its end", 'echo \'{"queue_name": "deferred", "arrival_time": 1}\'; exit 1'],
	["no listing", "exit 69"],
	["a queue that nobody knows", 'echo \'{"queue_name": "lost", "arrival_time": 1}\''],
	["another text", "echo mail system is down"],
] as const)("%s: nothing is told, and the last report grows old", async ([, program]) => {
	pod.run("rm", "-f", "/tmp/asked");
	pod.run(
		"sh",
		"-c",
		'printf "%s\\n" "#!/bin/sh" "echo >>/tmp/asked" "$0" >/usr/local/bin/postqueue; chmod +x /usr/local/bin/postqueue',
		program,
	);
	/** How often the listing was asked for: it is when the report before has come or failed. */
	const asked = () => pod.run("sh", "-c", "cat /tmp/asked 2>/dev/null | wc -l").trim();
	await waitFor("the listing is asked for", () => Number(asked()) > 0, { within: 30_000 });
	const before = reports().length;
	await waitFor("it is asked for again and again", () => Number(asked()) > 3, { within: 30_000 });
	expect(reports()).toHaveLength(before);
	pod.run("rm", "/usr/local/bin/postqueue");
	await waitFor("reports again", () => reports().length > before, { within: 30_000 });
});
