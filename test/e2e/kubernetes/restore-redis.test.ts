import { copyFileSync, mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { exclusive } from "../../../cli/restore/exclusive.ts";
import type { Kubectl } from "../../../cli/restore/job.ts";
import { redisRestoration } from "../../../cli/restore/redis.ts";
import { thisMachine } from "../../../clients/host/target.ts";
import { operator } from "../../../constructs/redis/users.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack, secretValue } from "../harness/deployed-stack.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { needsPrograms } from "../harness/programs.ts";
import { sendCommand } from "../harness/resp.ts";
import { waitFor } from "../harness/wait-for.ts";
import { siteWith } from "../redis/deployed-lab.ts";
import { cronJobOf, JobRunner } from "./job-runner.ts";
import { hold, look, RestoreWorld, soon } from "./restore-world.ts";

/** `infra restore redis`, alone and beside others, against a real API server and the containers of the stack as processes. */
const installed = needs("redis-server", "redis-cli", "kubectl");
const ready = needsPrograms(...controlPlanePrograms) && installed;

let world: RestoreWorld;
let redisNode: JobRunner;
let redis: { readonly host: string; readonly port: number };
let redisServer: Daemon;

async function startRedis(): Promise<void> {
	mkdirSync(world.at("redis-backup"));
	redis = { host: "127.0.0.1", port: await freePort() };
	const args = ["--port", String(redis.port), "--bind", redis.host, "--dir", world.at(), "--save", ""];
	redisServer = new Daemon("redis-server", args, { logFile: world.at("redis.log") });
	const ask = (...command: string[]) => sendCommand(redis, command, 5000);
	await waitFor("Redis answers", () => ask("PING"), soon);
	await ask("EVAL", "for key = 1, 500 do redis.call('SET', 'key:' .. key, key) end", "0");
	await ask("SAVE");
	copyFileSync(world.at("dump.rdb"), world.at("redis-backup/redis-20260118-030000.rdb"));
	await ask("ACL", "SETUSER", operator, "on", `>${secretValue(operator)}`, "~*", "&*", "+@all");
	const stack = new DeployedStack(siteWith(), "redis");
	await world.create("/apis/batch/v1/namespaces/redis/cronjobs", cronJobOf(stack, "redis-restore"));
	redisNode = new JobRunner(world.plane, {
		namespace: "redis",
		folder: world.at("jobs"),
		jobs: {
			"redis-restore": {
				container: stack.container("cron_job", "redis-restore", "redis-restore"),
				volumes: { "/backup": world.at("redis-backup") },
				env: { REDIS_HOST: redis.host, REDIS_PORT: String(redis.port), REDISCLI_AUTH: secretValue(operator) },
			},
		},
		server: { start: async () => {}, stop: async () => {} },
	});
}

beforeAll(async () => {
	if (!ready) return;
	world = await RestoreWorld.start("redis");
	mkdirSync(world.at("jobs"));
	await startRedis();
}, 300_000);
afterAll(async () => {
	await redisNode?.stop();
	await redisServer?.stop();
	await world?.stop();
}, 60_000);
beforeEach(({ skip }) => skip(!ready, ""));

test("Redis gets lost keys back, and a restore that was killed is repeated once its job has ended", async () => {
	const restoration = (way: Kubectl) =>
		redisRestoration(world.at("redis-backup"), "redis", thisMachine, way, false, look);
	const lose = () => sendCommand(redis, ["FLUSHALL"], 5000);
	const [newest = ""] = await restoration(world.kubectl).points();
	await lose();
	await restoration(world.kubectl).restore(newest);
	expect(await sendCommand(redis, ["GET", "key:500"], 5000)).toBe("500");
	for (const [call, when] of [
		[/create -f/, "before"],
		[/get job /, "before"],
	] as const) {
		await lose();
		const release = hold(redisNode);
		await expect(restoration(world.killedAt(call, when)).restore(newest)).rejects.toThrow("killed");
		if (call.source.includes("get"))
			await expect(restoration(world.kubectl).restore(newest)).rejects.toThrow("running");
		release();
		await waitFor("no job goes on", async () => (await world.jobsGoOn()) === 0, soon);
		await restoration(world.kubectl).restore(newest);
		expect(await sendCommand(redis, ["DBSIZE"], 5000)).toBe(500);
	}
}, 240_000);

const nextNight = { namespace: "redis", task: "redis-backup" };
const redisAlone = (way: Kubectl, seconds?: number) =>
	exclusive(
		redisRestoration(world.at("redis-backup"), "redis", thisMachine, way, false, look),
		way,
		nextNight,
		seconds,
	);
const lease = "/apis/coordination.k8s.io/v1/namespaces/redis/leases/infra-restore-redis";

test("of several restores at the same moment one is done, and the others say whose it is", async () => {
	const release = hold(redisNode);
	const [newest = ""] = await redisAlone(world.kubectl).points();
	const all = Array.from({ length: 4 }, () => redisAlone(world.kubectl).restore(newest));
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
	await waitFor("the job of the one", async () => (await world.jobsGoOn()) === 1, soon);
	const late = redisAlone(world.kubectl).restore(newest);
	await expect(late).rejects.toMatchObject({
		hint: expect.stringContaining("kubectl -n redis delete lease infra-restore-redis"),
	});
	release();
	expect((await Promise.all(settled)).filter((one) => one === "done")).toHaveLength(1);
	// Free again, for whoever comes next.
	await redisAlone(world.kubectl).restore(newest);
	expect((await world.plane.ask("GET", lease)).body.spec).toEqual({});
}, 240_000);

test("a restore that was killed holds nothing for longer than its lease, and a sign of life keeps it", async () => {
	const [newest = ""] = await redisAlone(world.kubectl).points();
	// The job is not made, so that it is the lease alone that is in the way.
	const killed = redisAlone(world.killedAt(/create job/, "before"), 600);
	await expect(killed.restore(newest)).rejects.toThrow("killed");
	await expect(redisAlone(world.kubectl).restore(newest)).rejects.toThrow("is being restored by");
	const lapsed = new Date(Date.now() - 601_000).toISOString().replace("Z", "000Z");
	expect((await world.plane.ask("PATCH", lease, { spec: { renewTime: lapsed } })).status).toBe(200);
	// A sign that comes while the next one looks: the clock of one of them is wrong.
	let looks = 0;
	const alive = { metadata: { annotations: { seen: "1" } } };
	const whileLooking: Kubectl = async (args, input) => {
		const answer = await world.kubectl(args, input);
		if (args.includes("lease") && looks++ === 0) await world.plane.ask("PATCH", lease, alive);
		return answer;
	};
	await expect(redisAlone(whileLooking, 2).restore(newest)).rejects.toThrow("is being restored by");
	expect(looks).toBe(2);
	expect(await redisAlone(world.kubectl, 2).restore(newest)).toBeTypeOf("string");
}, 240_000);

test("one whose process has ended on this machine is in nobody's way at all", async () => {
	const [newest = ""] = await redisAlone(world.kubectl).points();
	const { body } = await world.plane.ask("GET", lease);
	const time = new Date().toISOString().replace("Z", "000Z");
	await world.plane.ask("PUT", lease, {
		...body,
		metadata: { ...body.metadata, annotations: { "infra/process": `${hostname()} 999999999 1` } },
		spec: { holderIdentity: "x@y", acquireTime: time, renewTime: time, leaseDurationSeconds: 3600 },
	});
	expect(await redisAlone(world.kubectl).restore(newest)).toBeTypeOf("string");
}, 240_000);

test("a restore does not begin beside a backup, and names one that begins beside it", async () => {
	const [newest = ""] = await redisAlone(world.kubectl).points();
	const jobs = "/apis/batch/v1/namespaces/redis/jobs";
	const night = (name: string) =>
		world.create(jobs, {
			metadata: { name, labels: { app: "redis-backup" } },
			spec: {
				template: { spec: { restartPolicy: "Never", containers: [{ name: "one", image: "one" }] } },
			},
		});
	await night("redis-backup-1");
	await expect(redisAlone(world.kubectl).restore(newest)).rejects.toThrow(
		/redis\/redis-backup-1 is still running, since 20.*kubectl -n redis delete job redis-backup-1/,
	);
	await world.plane.ask("DELETE", `${jobs}/redis-backup-1?propagationPolicy=Background`);
	const release = hold(redisNode);
	const restored = redisAlone(world.kubectl).restore(newest);
	await waitFor("the job", async () => (await world.jobsGoOn()) === 1, soon);
	await night("redis-backup-2");
	release();
	expect(await restored).toContain("redis-backup-2 began meanwhile");
	await world.plane.ask("DELETE", `${jobs}/redis-backup-2?propagationPolicy=Background`);
}, 240_000);
