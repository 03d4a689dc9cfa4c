import { execFileSync } from "node:child_process";
import {
	chmodSync,
	copyFileSync,
	cpSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { exclusive } from "../../../cli/restore/exclusive.ts";
import type { Kubectl } from "../../../cli/restore/job.ts";
import { mailRestoration } from "../../../cli/restore/mail.ts";
import { redisRestoration } from "../../../cli/restore/redis.ts";
import { run } from "../../../clients/host/run.ts";
import { thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { operator } from "../../../constructs/redis/users.ts";
import { interrupt } from "../../../terminal/interruption.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack, secretValue } from "../harness/deployed-stack.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { sendCommand } from "../harness/resp.ts";
import { waitFor } from "../harness/wait-for.ts";
import { Mailbox, messagesOf } from "../mail/jobs/mailbox.ts";
import { siteWith } from "../redis/deployed-lab.ts";
import { cronJobOf, JobRunner } from "./job-runner.ts";

const installed = needs(
	"root",
	"dovecot",
	"openssl",
	"python3",
	"rsync",
	"redis-server",
	"redis-cli",
	"kubectl",
);
const ready = needsPrograms(...controlPlanePrograms) && installed;

const folder = mkdtempSync(join(tmpdir(), "infra-restore-commands-"));
const at = (...names: string[]) => join(folder, ...names);
const soon = { within: 60_000, every: 200 };
const look = 200;
let plane: ControlPlane;
let mailbox: Mailbox;
let mailNode: JobRunner;
let redisNode: JobRunner;
let redis: { readonly host: string; readonly port: number };
let redisServer: Daemon;

const kubectl: Kubectl = (args, input) =>
	run("kubectl", [...args, `--kubeconfig=${plane.kubeconfig}`], { input, signal: "left to the caller" });

/** The same of a command that is killed at a call: nothing that comes after it is done. */
function killedAt(call: RegExp, when: "before" | "after"): Kubectl {
	let dead = false;
	return async (args, input) => {
		if (dead) throw new Error("killed");
		dead = call.test(args.join(" "));
		if (dead && when === "before") throw new Error("killed");
		const answer = await kubectl(args, input);
		if (dead) throw new Error("killed");
		return answer;
	};
}

async function create(namespace: string, path: string, object: object): Promise<void> {
	const { status, body } = await plane.ask("POST", path, object);
	if (status !== 201) throw new Error(`${namespace}: ${JSON.stringify(body)}`);
}

const mailPods = "/api/v1/namespaces/mailserver/pods";

/** A pod that has the volume of mail and has ended. */
async function endedPod(name: string, app: string, phase: string): Promise<void> {
	await create("mailserver", mailPods, {
		metadata: { name, labels: { app } },
		spec: {
			nodeName: "here",
			containers: [{ name: "one", image: "one", volumeMounts: [{ name: "data", mountPath: "/source" }] }],
			volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
		},
	});
	await plane.ask("PATCH", `${mailPods}/${name}/status`, { status: { phase } });
}

async function startMail(): Promise<void> {
	for (const name of ["volume/data", "volume/state", "volume/log", "mail-backup", "box"])
		mkdirSync(at(name), { recursive: true });
	for (const path of [folder, at("volume"), at("volume/data")]) chmodSync(path, 0o755);
	for (const tree of ["state", "log"]) writeFileSync(at("volume", tree, "kept"), "1");
	symlinkSync(at("volume/data"), at("box/mail"));
	mailbox = await Mailbox.start(at("box"));
	mailbox.deliver("one", 3, "Subject: one\r\n\r\none\r\n", { flags: "S" });
	mailbox.deliver("two", 2, "Subject: two\r\n\r\ntwo\r\n", { flags: "FS" });
	mailbox.deliver("three", 1, "Subject: three\r\n\r\nthree\r\n", { folder: "Junk", flags: "S" });
	await mailbox.pause();
	for (const [tree, from] of Object.entries({ mail: "data", state: "state", log: "log" }))
		cpSync(at("volume", from), at("source", tree), { recursive: true, preserveTimestamps: true });
	execFileSync("chown", ["-R", "--reference", at("volume/data"), at("source/mail")]);
	execFileSync("rsync", ["-a", `${at("volume/data")}/`, `${at("source/mail")}/`]);
	const script = join(projectRoot, "constructs/mail/scripts/copy-trees.sh");
	const env = {
		...process.env,
		SOURCE_DIR: at("source"),
		BACKUP_DIR: at("mail-backup"),
		COPY_NAME: "%G-W%V",
	};
	execFileSync("sh", [script], { env, stdio: "pipe" });

	const stack = new DeployedStack(await loadSite("lab"), "mailserver");
	await create(
		"mailserver",
		"/apis/batch/v1/namespaces/mailserver/cronjobs",
		cronJobOf(stack, "mailserver-restore"),
	);
	const labels = { app: "mailserver" };
	await create("mailserver", "/apis/apps/v1/namespaces/mailserver/deployments", {
		metadata: { name: "mailserver" },
		spec: {
			replicas: 1,
			selector: { matchLabels: labels },
			template: {
				metadata: { labels },
				spec: {
					containers: [
						{ name: "one", image: "one", volumeMounts: [{ name: "data", mountPath: "/var/mail" }] },
					],
					volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
				},
			},
		},
	});
	// What jobs of past nights, and an eviction, leave.
	await endedPod("mailserver-backup-1", "mailserver-backup", "Succeeded");
	await endedPod("mailserver-backup-2", "mailserver-backup", "Failed");
	await endedPod("mailserver-evicted", "mailserver", "Failed");
	mailNode = new JobRunner(plane, {
		namespace: "mailserver",
		folder,
		jobs: {
			"mailserver-restore": {
				container: stack.container("cron_job", "mailserver-restore", "mailserver-restore"),
				volumes: { "/backup": at("mail-backup"), "/volume": at("volume") },
			},
		},
		server: { start: () => mailbox.resume(), stop: () => mailbox.pause() },
	});
}

async function startRedis(): Promise<void> {
	mkdirSync(at("redis-backup"));
	redis = { host: "127.0.0.1", port: await freePort() };
	const args = ["--port", String(redis.port), "--bind", redis.host, "--dir", folder, "--save", ""];
	redisServer = new Daemon("redis-server", args, { logFile: at("redis.log") });
	const ask = (...command: string[]) => sendCommand(redis, command, 5000);
	await waitFor("Redis answers", () => ask("PING"), soon);
	await ask("EVAL", "for key = 1, 500 do redis.call('SET', 'key:' .. key, key) end", "0");
	await ask("SAVE");
	copyFileSync(at("dump.rdb"), at("redis-backup/redis-20260118-030000.rdb"));
	await ask("ACL", "SETUSER", operator, "on", `>${secretValue(operator)}`, "~*", "&*", "+@all");
	const stack = new DeployedStack(siteWith(), "redis");
	await create("redis", "/apis/batch/v1/namespaces/redis/cronjobs", cronJobOf(stack, "redis-restore"));
	redisNode = new JobRunner(plane, {
		namespace: "redis",
		folder,
		jobs: {
			"redis-restore": {
				container: stack.container("cron_job", "redis-restore", "redis-restore"),
				volumes: { "/backup": at("redis-backup") },
				env: { REDIS_HOST: redis.host, REDIS_PORT: String(redis.port), REDISCLI_AUTH: secretValue(operator) },
			},
		},
		server: { start: async () => {}, stop: async () => {} },
	});
}

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(at("plane"));
	plane = await ControlPlane.start(at("plane"));
	await create("", "/api/v1/nodes", { metadata: { name: "here" } });
	for (const namespace of ["mailserver", "redis"]) {
		await create(namespace, "/api/v1/namespaces", { metadata: { name: namespace } });
		const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
		await waitFor("the account of pods", async () => (await plane.ask("GET", account)).status === 200, soon);
	}
	await Promise.all([startMail(), startRedis()]);
}, 180_000);
afterAll(async () => {
	await mailNode?.stop();
	await redisNode?.stop();
	await redisServer?.stop();
	await plane?.stop();
	rmSync(folder, { recursive: true, force: true });
}, 60_000);

const mail = (way: Kubectl) => mailRestoration(at("mail-backup"), thisMachine, way, false, look);
const point = async () => (await mail(kubectl).points()).at(-1) ?? "";
const replicas = async () =>
	(await plane.ask("GET", "/apis/apps/v1/namespaces/mailserver/deployments/mailserver")).body.spec.replicas;
/** Messages as a client sees them, once the server answers. */
const read = () => waitFor("the mail server answers", () => messagesOf(mailbox), soon);
/** Hold of a job until it is called. */
function hold(node: JobRunner): () => void {
	let release = () => {};
	node.held = new Promise((resolve) => {
		release = resolve;
	});
	return () => {
		node.held = undefined;
		release();
	};
}

let before: readonly string[] = [];
beforeEach(async ({ skip }) => {
	skip(!ready, "");
	before = before.length > 0 ? before : await read();
	expect(before).toHaveLength(3);
	for (const name of readdirSync(at("volume/data"))) rmSync(at("volume/data", name), { recursive: true });
});

test("mail comes back while pods of ended backups have its volume, and a client reads it", async () => {
	expect(await mail(kubectl).restore(await point())).toBeTypeOf("string");
	expect(await replicas()).toBe(1);
	expect(await read()).toEqual(before);
}, 120_000);

test.for<[where: string, call: RegExp, when: "before" | "after"]>([
	["before the server is stopped", /--replicas=0/, "before"],
	["once the server is stopped", /--replicas=0/, "after"],
	["before the job is made", /create -f/, "before"],
	["while the job runs", /get job /, "before"],
	["before the server is started", /--replicas=1/, "before"],
	["once the server is started", /--replicas=1/, "after"],
])(
	"a restore of mail that was killed %s is finished by the next one",
	{ timeout: 120_000 },
	async ([, call, when]) => {
		await expect(mail(killedAt(call, when)).restore(await point())).rejects.toThrow("killed");
		await waitFor("no job goes on", async () => jobsGoOn("mailserver").then((count) => count === 0), soon);
		await mail(kubectl).restore(await point());
		expect(await replicas()).toBe(1);
		expect(await read()).toEqual(before);
	},
);

/** Jobs of a namespace that have not ended. */
async function jobsGoOn(namespace: string): Promise<number> {
	const { body } = await plane.ask("GET", `/apis/batch/v1/namespaces/${namespace}/jobs`);
	return body.items.filter(
		({ status }: { status: { conditions?: unknown } }) => status.conditions === undefined,
	).length;
}

test("nobody starts the mail server beside a job that goes on", async () => {
	const release = hold(mailNode);
	await expect(mail(killedAt(/get job /, "before")).restore(await point())).rejects.toThrow("killed");
	await expect(mail(kubectl).restore(await point())).rejects.toThrow("is still running");
	expect(await replicas()).toBe(0);
	release();
	await waitFor("the job has ended", async () => (await jobsGoOn("mailserver")) === 0, soon);
	await mail(kubectl).restore(await point());
	expect(await read()).toEqual(before);
}, 120_000);

test("Redis gets lost keys back, and a restore that was killed is repeated once its job has ended", async () => {
	const restoration = (way: Kubectl) =>
		redisRestoration(at("redis-backup"), "redis", thisMachine, way, false, look);
	const lose = () => sendCommand(redis, ["FLUSHALL"], 5000);
	const [newest = ""] = await restoration(kubectl).points();
	await lose();
	await restoration(kubectl).restore(newest);
	expect(await sendCommand(redis, ["GET", "key:500"], 5000)).toBe("500");
	for (const [call, when] of [
		[/create -f/, "before"],
		[/get job /, "before"],
	] as const) {
		await lose();
		const release = hold(redisNode);
		await expect(restoration(killedAt(call, when)).restore(newest)).rejects.toThrow("killed");
		if (call.source.includes("get"))
			await expect(restoration(kubectl).restore(newest)).rejects.toThrow("running");
		release();
		await waitFor("no job goes on", async () => (await jobsGoOn("redis")) === 0, soon);
		await restoration(kubectl).restore(newest);
		expect(await sendCommand(redis, ["DBSIZE"], 5000)).toBe(500);
	}
}, 120_000);

const nextNight = { namespace: "redis", task: "redis-backup" };
const redisAlone = (way: Kubectl, seconds?: number) =>
	exclusive(
		redisRestoration(at("redis-backup"), "redis", thisMachine, way, false, look),
		way,
		nextNight,
		seconds,
	);
const lease = "/apis/coordination.k8s.io/v1/namespaces/redis/leases/infra-restore-redis";

test("of several restores at the same moment one is done, and the others say whose it is", async () => {
	const release = hold(redisNode);
	const [newest = ""] = await redisAlone(kubectl).points();
	const all = Array.from({ length: 4 }, () => redisAlone(kubectl).restore(newest));
	const settled = all.map((one) => one.then(() => "done", String));
	const refused = await waitFor(
		"all but one are refused",
		async () => {
			const said = await Promise.all(settled.map((one) => Promise.race([one, "goes on"])));
			return said.filter((text) => text !== "goes on").length === 3 && said;
		},
		soon,
	);
	for (const text of refused.filter((one) => one !== "goes on"))
		expect(text).toMatch(/redis is being restored by \S+@\S+, process \d+ since 20/);
	await waitFor("the job of the one", async () => (await jobsGoOn("redis")) === 1, soon);
	const late = redisAlone(kubectl).restore(newest);
	await expect(late).rejects.toMatchObject({
		hint: expect.stringContaining("kubectl -n redis delete lease infra-restore-redis"),
	});
	release();
	expect((await Promise.all(settled)).filter((one) => one === "done")).toHaveLength(1);
	// Free again, for whoever comes next.
	await redisAlone(kubectl).restore(newest);
	expect((await plane.ask("GET", lease)).body.spec).toEqual({});
}, 120_000);

test("a restore that was killed holds nothing for longer than its lease, and a sign of life keeps it", async () => {
	const [newest = ""] = await redisAlone(kubectl).points();
	// The job is not made, so that it is the lease alone that is in the way.
	const killed = redisAlone(killedAt(/create job/, "before"), 2);
	await expect(killed.restore(newest)).rejects.toThrow("killed");
	await expect(redisAlone(kubectl).restore(newest)).rejects.toThrow("is being restored by");
	const lapsed = async () => {
		const { renewTime } = (await plane.ask("GET", lease)).body.spec;
		return Date.parse(renewTime) + 2000 < Date.now();
	};
	await waitFor("the lease lapses", lapsed, soon);
	// A sign that comes while the next one looks: the clock of one of them is wrong.
	let looks = 0;
	const alive = { metadata: { annotations: { seen: "1" } } };
	const whileLooking: Kubectl = async (args, input) => {
		const answer = await kubectl(args, input);
		if (args.includes("lease") && looks++ === 0) await plane.ask("PATCH", lease, alive);
		return answer;
	};
	await expect(redisAlone(whileLooking, 2).restore(newest)).rejects.toThrow("is being restored by");
	expect(looks).toBe(2);
	expect(await redisAlone(kubectl, 2).restore(newest)).toBeTypeOf("string");
}, 120_000);

test("one whose process has ended on this machine is in nobody's way at all", async () => {
	const [newest = ""] = await redisAlone(kubectl).points();
	const { body } = await plane.ask("GET", lease);
	const time = new Date().toISOString().replace("Z", "000Z");
	await plane.ask("PUT", lease, {
		...body,
		metadata: { ...body.metadata, annotations: { "infra/process": `${hostname()} 999999999 1` } },
		spec: { holderIdentity: "x@y", acquireTime: time, renewTime: time, leaseDurationSeconds: 3600 },
	});
	expect(await redisAlone(kubectl).restore(newest)).toBeTypeOf("string");
}, 120_000);

test("a restore does not begin beside a backup, and names one that begins beside it", async () => {
	const [newest = ""] = await redisAlone(kubectl).points();
	const jobs = "/apis/batch/v1/namespaces/redis/jobs";
	const night = (name: string) =>
		create("redis", jobs, {
			metadata: { name, labels: { app: "redis-backup" } },
			spec: {
				template: { spec: { restartPolicy: "Never", containers: [{ name: "one", image: "one" }] } },
			},
		});
	await night("redis-backup-1");
	await expect(redisAlone(kubectl).restore(newest)).rejects.toThrow(
		/redis\/redis-backup-1 is still running, since 20.*kubectl -n redis delete job redis-backup-1/,
	);
	await plane.ask("DELETE", `${jobs}/redis-backup-1?propagationPolicy=Background`);
	const release = hold(redisNode);
	const restored = redisAlone(kubectl).restore(newest);
	await waitFor("the job", async () => (await jobsGoOn("redis")) === 1, soon);
	await night("redis-backup-2");
	release();
	expect(await restored).toContain("redis-backup-2 began meanwhile");
	await plane.ask("DELETE", `${jobs}/redis-backup-2?propagationPolicy=Background`);
}, 120_000);

// The last one: this process stays interrupted.
test("Ctrl-C lets a restore of mail that has begun come to its end, and the server runs again", async () => {
	const newest = await point();
	const release = hold(mailNode);
	const restored = mail(kubectl).restore(newest);
	await waitFor("the job", async () => (await jobsGoOn("mailserver")) === 1, soon);
	interrupt();
	release();
	expect(await restored).toBeTypeOf("string");
	expect(await replicas()).toBe(1);
	expect(await read()).toEqual(before);
	await expect(mail(kubectl).restore(newest)).rejects.toThrow("interrupted");
	expect(await replicas()).toBe(1);
}, 120_000);
