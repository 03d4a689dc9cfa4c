import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { operator } from "../../../constructs/redis/users.ts";
import { freePort } from "../../../lab/free-port.ts";
import { Container } from "../harness/container.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack, secretValue } from "../harness/deployed-stack.ts";
import { ended } from "../harness/ended.ts";
import { needs } from "../harness/needs.ts";
import { type Reply, sendCommand } from "../harness/resp.ts";
import { waitFor } from "../harness/wait-for.ts";
import { siteWith } from "./deployed-lab.ts";

needs("redis-server", "redis-cli");

const stack = new DeployedStack(siteWith(), "redis");
const binary = "line\nbreak \0 and more";
let folder: string;
let redis: { readonly host: string; readonly port: number };

/** Runs a command in a database. */
async function run(database: number, ...args: string[]): Promise<Reply> {
	const script = "redis.call('SELECT', ARGV[1]); return redis.call(unpack(ARGV, 2))";
	return await sendCommand(redis, ["EVAL", script, "0", String(database), ...args], 5000);
}

/** A server with keys of every kind, and a backup of it below `folder`. */
beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "infra-redis-restore-"));
	redis = { host: "127.0.0.1", port: await freePort() };
	const args = [
		"--port",
		String(redis.port),
		"--bind",
		redis.host,
		"--dir",
		folder,
		"--save",
		"",
		"--appendonly",
		"no",
	];
	const server = new Daemon("redis-server", args, { logFile: join(folder, "redis.log") });
	onTestFinished(async () => {
		await server.stop();
		rmSync(folder, { recursive: true });
	});
	await waitFor("Redis answers", () => run(0, "SET", "text", "value"), { within: 30_000 });
	await run(0, "SET", binary, binary);
	await run(0, "RPUSH", "queue", "first", "second");
	await run(0, "SET", "session", "short", "PX", "600000");
	const fill =
		"redis.call('SELECT', 2); for key = 0, 499 do redis.call('HSET', 'hash:' .. key, 'field', 'value ' .. key) end";
	await sendCommand(redis, ["EVAL", fill, "0"], 30_000);
	await sendCommand(redis, ["SAVE"], 5000);
	await sendCommand(
		redis,
		["ACL", "SETUSER", operator, "on", `>${secretValue(operator)}`, "~*", "&*", "+@all"],
		30_000,
	);
	copyFileSync(join(folder, "dump.rdb"), join(folder, "backup.rdb"));
});

/** Runs the job. @param prepare changes the directory of backups first */
async function restore(env: Record<string, string> = {}, prepare = (_directory: string) => {}) {
	const root = mkdtempSync(join(folder, "run-"));
	const { command, env: own } = new Container({
		deployed: stack.container("cron_job", "redis-restore", "redis-restore"),
		root,
		env: {
			REDIS_HOST: redis.host,
			REDIS_PORT: String(redis.port),
			REDISCLI_AUTH: secretValue(operator),
			...env,
		},
	});
	const directory = join(root, "backup");
	copyFileSync(join(folder, "backup.rdb"), join(directory, "redis-20260118-030000.rdb"));
	prepare(directory);
	const child = spawn(command[0] ?? "", command.slice(1), { env: own, stdio: ["ignore", "pipe", "pipe"] });
	const { code, output, errors } = await ended(child);
	return { code, output: output + errors };
}

test("lost keys come back with type, value, expiry and database, and newer ones stay", async () => {
	await sendCommand(redis, ["FLUSHALL"], 5000);
	await run(0, "SET", "text", "newer");
	const { code, output } = await restore();
	expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("504 keys") });
	expect(await run(0, "GET", "text")).toBe("newer");
	expect(await run(0, "GET", binary)).toBe(binary);
	expect(await run(0, "LRANGE", "queue", "0", "-1")).toEqual(["first", "second"]);
	expect(await run(0, "PTTL", "session")).toBeGreaterThan(500_000);
	expect(await run(0, "PTTL", binary)).toBe(-1);
	expect(await run(2, "DBSIZE")).toBe(500);
	expect(await run(2, "HGET", "hash:499", "field")).toBe("value 499");
	expect(await run(0, "DBSIZE")).toBe(4);
});

test("on request values of the backup replace those that are there, and it can be run again", async () => {
	await run(0, "SET", "text", "damaged");
	for (let time = 0; time < 2; time++) expect((await restore({ EXISTING: "replace" })).code).toBe(0);
	expect(await run(0, "GET", "text")).toBe("value");
	expect(await run(0, "LRANGE", "queue", "0", "-1")).toEqual(["first", "second"]);
});

test("half a backup changes nothing", async () => {
	await sendCommand(redis, ["FLUSHALL"], 5000);
	const half = (directory: string) =>
		truncateSync(
			join(directory, "redis-20260118-030000.rdb"),
			readFileSync(join(folder, "backup.rdb")).length >> 1,
		);
	const { code, output } = await restore({}, half);
	expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("nothing was changed") });
	expect(await run(0, "DBSIZE")).toBe(0);
});

test("a master that takes no writes fails the job", async () => {
	await sendCommand(redis, ["FLUSHALL"], 5000);
	await sendCommand(redis, ["CONFIG", "SET", "min-replicas-to-write", "1"], 5000);
	const { code, output } = await restore();
	expect({ code, output }).toEqual({
		code: 1,
		output: expect.stringContaining("not every key was restored"),
	});
});

test.for([
	[{ FILE: "redis-20260101-030000.rdb" }, "redis-20260118-030000.rdb"],
	[{ FILE: "../backup.rdb" }, "expected one of"],
	[{ EXISTING: "yes" }, "expected keep or replace"],
] as const)("%o is refused", async ([env, message]) => {
	const { code, output } = await restore(env);
	expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(message) });
});
