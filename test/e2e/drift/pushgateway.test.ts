import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { pushCertificate } from "../../../cli/certificate/push-certificate.ts";
import { driftJob, renderMetrics } from "../../../cli/drift/drift-metrics.ts";
import { pushMetrics } from "../../../cli/drift/push-metrics.ts";
import type { StackDrift } from "../../../cli/drift/stack-drift.ts";
import { Pushgateway } from "../../../clients/pushgateway/pushgateway.ts";
import { loadSite } from "../../../config/load-site.ts";
import { days } from "../../../config/schema/duration.ts";
import { certificateAlerts } from "../../../constructs/woodpecker/certificate-alerts.ts";
import { Daemon } from "../harness/daemon.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needs("prometheus-pushgateway");
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-pushgateway-`));
let daemon: Daemon;
let address: string;

beforeAll(async () => {
	if (!ready) return;
	const port = await freePort();
	address = `http://127.0.0.1:${port}`;
	daemon = new Daemon(
		"prometheus-pushgateway",
		[`--web.listen-address=127.0.0.1:${port}`, "--persistence.file="],
		{ logFile: join(folder, "pushgateway.log") },
	);
	const answers = async () => (await fetch(`${address}/-/ready`)).ok;
	await waitFor("the Pushgateway is ready", answers, { within: 60_000 });
});
afterAll(async () => {
	await daemon?.stop();
	rmSync(folder, { recursive: true });
});

const report = (stack: string, more: Partial<StackDrift> = {}): StackDrift => ({
	stack,
	drifted: [],
	tolerated: [],
	unmanaged: [],
	undeployed: 0,
	errors: [],
	sources: [],
	...more,
});
const drifted = (stack: string) =>
	report(stack, {
		drifted: [{ what: "deleted", address: "a.b", risk: "notice", arguments: [], consequences: [] }],
	});
const failed = (stack: string) => report(stack, { errors: ["no answer"] });

/** What Prometheus would scrape of the job: values by name and stack. */
async function scraped(job = driftJob): Promise<Record<string, number>> {
	const text = await (await fetch(`${address}/metrics`)).text();
	return Object.fromEntries(
		text.split("\n").flatMap((line) => {
			const [, name, labels = "", value] = /^(drift_\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
			if (!labels.includes(`job="${job}"`)) return [];
			const stack = /stack="([^"]*)"/.exec(labels)?.[1];
			return [[stack === undefined ? name : `${name} ${stack}`, Number(value)]];
		}),
	);
}

/** As if an earlier run had found drift so long ago. */
async function seenBefore(stacks: Readonly<Record<string, number>>): Promise<void> {
	const now = Math.floor(Date.now() / 1000);
	const seen = new Map(Object.entries(stacks).map(([stack, hours]) => [stack, now - hours * 3600]));
	const reports = [...seen.keys()].map(drifted);
	await new Pushgateway(address, driftJob).replace(renderMetrics(reports, seen, now));
}

test("a run pushes every metric at once, and the stacks of the last run are gone", async () => {
	await seenBefore({ gone: 1 });
	await pushMetrics(address, [
		drifted("redis"),
		report("vault"),
		failed("mail"),
		report("ci", { undeployed: 2 }),
	]);
	const {
		drift_detection_last_run_timestamp: last,
		"drift_stack_first_seen redis": first,
		...metrics
	} = await scraped();
	expect(metrics).toEqual({
		"drift_stack_state redis": 1,
		"drift_stack_state vault": 0,
		"drift_stack_state mail": 2,
		"drift_stack_state ci": 3,
		"drift_stack_age_hours redis": 0,
		drift_stack_count: 1,
		drift_error_count: 1,
		drift_clean_count: 1,
	});
	expect(first).toBe(last);
	expect(Math.abs(Date.now() / 1000 - Number(last))).toBeLessThan(30);
});

test("drift grows old over runs, also while its stack does not answer, and starts anew after it was clean", async () => {
	await seenBefore({ redis: 80, mail: 30, vault: 5 });
	const { "drift_stack_first_seen redis": first } = await scraped();
	await pushMetrics(address, [drifted("redis"), failed("mail"), report("vault")]);
	const second = await scraped();
	expect(second["drift_stack_first_seen redis"]).toBe(first);
	expect(second["drift_stack_age_hours redis"]).toBeCloseTo(80, 1);
	expect(second["drift_stack_age_hours mail"]).toBeCloseTo(30, 1);
	expect(second["drift_stack_first_seen vault"]).toBeUndefined();
	await sleep(1100);
	await pushMetrics(address, [drifted("redis"), drifted("mail"), drifted("vault")]);
	const third = await scraped();
	expect(third["drift_stack_age_hours redis"]).toBeGreaterThan(Number(second["drift_stack_age_hours redis"]));
	expect(third["drift_stack_age_hours mail"]).toBeCloseTo(30, 1);
	expect(third["drift_stack_age_hours vault"]).toBe(0);
});

test("metrics of other jobs and other instances are neither read nor replaced", async () => {
	await seenBefore({ redis: 10 });
	const other = (path: string) =>
		fetch(`${address}/metrics/job/${path}`, {
			method: "PUT",
			body: '# TYPE drift_stack_first_seen gauge\ndrift_stack_first_seen{stack="redis"} 1\n',
		});
	await other("drift-detection/instance/elsewhere");
	await other("else");
	await pushMetrics(address, [drifted("redis")]);
	const series = await (await fetch(`${address}/metrics`)).text();
	expect(series).toContain('drift_stack_age_hours{instance="",job="drift-detection",stack="redis"} 10');
	expect(series).toContain(
		'drift_stack_first_seen{instance="elsewhere",job="drift-detection",stack="redis"} 1',
	);
	for (const path of ["drift-detection/instance/elsewhere", "else"])
		await fetch(`${address}/metrics/job/${path}`, { method: "DELETE" });
});

test("what the Pushgateway refuses leaves the metrics of the last run as they are", async () => {
	await seenBefore({ redis: 10 });
	const before = await scraped();
	const gateway = new Pushgateway(address, driftJob);
	const half = `${renderMetrics([report("vault")], new Map(), 1)}drift_stack_state{stack="x" 1\n`;
	await expect(gateway.replace(half)).rejects.toThrow(/answers 400 \(.*\): nothing was pushed/);
	expect(await scraped()).toEqual(before);
});

test("a name with every character that the format escapes comes back as it was", async () => {
	await pushMetrics(address, [drifted('a"b\\c\nd')]);
	const seen = await new Pushgateway(address, driftJob).read("drift_stack_first_seen", "stack");
	expect([...seen.keys()]).toEqual(['a"b\\c\nd']);
});

test.for<[what: string, status: number, body: string, message: string]>([
	["an answer without metrics", 200, "{}", "answers 200, with no metrics"],
	["a proxy that does not let through", 502, "<html>", "answers 502, with no metrics"],
])("nothing is pushed after %s", async ([, status, body, message]) => {
	const methods: string[] = [];
	const server = createServer((request, response) => {
		methods.push(request.method ?? "");
		response.writeHead(status).end(body);
	}).listen(0, "127.0.0.1");
	onTestFinished(() => void server.close());
	await new Promise((resolve) => server.once("listening", resolve));
	const { port } = server.address() as AddressInfo;
	await expect(pushMetrics(`http://127.0.0.1:${port}`, [report("redis")])).rejects.toThrow(message);
	expect(methods).toEqual(["GET"]);
});

test("a look at the certificate leaves what its alerts ask for", async () => {
	const home = await loadSite("home");
	const { version } = home.cluster.ingress.certificate;
	const kept = { certificate: undefined, faults: ["there is none"], version: version + 2, others: {} };
	await pushCertificate(home, kept, address);
	const text = await (await fetch(`${address}/metrics`)).text();
	const value = (name: string) => new RegExp(`^${name}\\{.*\\} (.+)$`, "m").exec(text)?.[1];
	expect(value("certificate_end_timestamp")).toBe("0");
	expect(value("certificate_versions_behind")).toBe("2");
	const asked = certificateAlerts(days(30)).flatMap(({ expr }) => expr.match(/certificate_\w+/g) ?? []);
	expect(new Set(asked).size).toBe(3);
	for (const name of asked) expect([name, value(name)]).toEqual([name, expect.any(String)]);
});
