import { copyFileSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../../lab/free-port.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";
import { sendCommand } from "../harness/resp.ts";
import { runProof } from "../harness/run-proof.ts";
import { waitFor } from "../harness/wait-for.ts";
import { siteWith } from "./deployed-lab.ts";

const ready = needs("redis-server", "redis-cli", "wget");

const proof = new DeployedStack(siteWith(), "redis").container(
	"cron_job",
	"redis-backup-proof",
	"redis-backup-proof",
);
const folder = mkdtempSync(join(tmpdir(), "infra-redis-proof-"));
const name = "redis-20260118-030000.rdb";
const verified = 'backup_restore_verified_timestamp{kind="redis"}';

/** A backup of a server with keys of several kinds, and one of a server without any. */
beforeAll(async () => {
	if (!ready) return;
	const redis = { host: "127.0.0.1", port: await freePort() };
	const args = ["--port", String(redis.port), "--bind", redis.host, "--dir", folder, "--save", ""];
	const server = new Daemon("redis-server", args, { logFile: join(folder, "redis.log") });
	const run = (...command: string[]) => sendCommand(redis, command, 5000);
	await waitFor("Redis answers", () => run("PING"), { within: 15_000 });
	await run("SAVE");
	copyFileSync(join(folder, "dump.rdb"), join(folder, "empty.rdb"));
	const fill =
		"for key = 1, 500 do redis.call('HSET', 'hash:' .. key, 'field', 'value ' .. key) end; redis.call('SELECT', 3); redis.call('RPUSH', 'queue', 'a', 'b'); redis.call('SET', 'session', 'x', 'PX', 600000)";
	await run("EVAL", fill, "0");
	await run("SAVE");
	copyFileSync(join(folder, "dump.rdb"), join(folder, "backup.rdb"));
	await server.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the job on a folder. @param change of the newest backup, whose neighbours stay well */
async function prove(
	change: (backups: string) => void = () => {},
	env: Record<string, string> = {},
	status = 200,
) {
	const backups = mkdtempSync(join(folder, "backups-"));
	copyFileSync(join(folder, "backup.rdb"), join(backups, name));
	change(backups);
	return await runProof(proof, { backups, env: { PROOF_PORT: String(await freePort()), ...env }, status });
}

const daysAgo = (days: number) => Date.now() / 1000 - days * 86_400;

describe.concurrent("the newest backup of Redis", () => {
	test("comes back with all keys, and Prometheus learns when", async () => {
		const { code, output, metrics } = await prove();
		expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("comes back: 502 keys") });
		expect(Math.abs((metrics[verified] ?? 0) - Date.now() / 1000)).toBeLessThan(120);
		expect(metrics['backup_restore_compared{kind="redis"}']).toBe(502);
	});

	test.for<[what: string, change: (backups: string) => void, said: string]>([
		["there is none", (backups) => rmSync(join(backups, name)), "is its disk mounted"],
		[
			"only a half-written one is there",
			(backups) => {
				rmSync(join(backups, name));
				copyFileSync(join(folder, "backup.rdb"), join(backups, `${name}.part`));
			},
			"has no copy",
		],
		["it is of last month", (backups) => utimesSync(join(backups, name), 0, daysAgo(31)), "hours old"],
		["it is of the future", (backups) => utimesSync(join(backups, name), 0, daysAgo(-2)), "of the future"],
		[
			"it holds no key",
			(backups) => copyFileSync(join(folder, "empty.rdb"), join(backups, name)),
			"nothing was compared",
		],
		["it is empty", (backups) => writeFileSync(join(backups, name), ""), "cannot be re"],
		[
			"it was cut off",
			(backups) => {
				const whole = readFileSync(join(folder, "backup.rdb"));
				writeFileSync(join(backups, name), whole.subarray(0, whole.length - 20));
			},
			"cannot be read",
		],
		[
			"one of its bits has flipped",
			(backups) => {
				const whole = readFileSync(join(folder, "backup.rdb"));
				const at = whole.indexOf("value 77") + 6;
				whole[at] = (whole[at] ?? 0) ^ 1;
				writeFileSync(join(backups, name), whole);
			},
			"cannot be read",
		],
	])("is not proven when %s", async ([, change, said]) => {
		const { code, output, metrics } = await prove(change);
		expect({ code, output, metrics }).toEqual({
			code: 1,
			output: expect.stringContaining(said),
			metrics: {},
		});
	});

	test("is not proven by a program of restoring that leaves a key out", async () => {
		const bin = mkdtempSync(join(folder, "bin-"));
		// The way of the keys into the server, a hash short.
		writeFileSync(
			join(bin, "redis-cli"),
			`#!/bin/sh\ncase "$*" in *--pipe*) /usr/bin/redis-cli "$@" && /usr/bin/redis-cli -p "$PROOF_PORT" DEL hash:7 >&2 ;; *) exec /usr/bin/redis-cli "$@" ;; esac\n`,
			{ mode: 0o755 },
		);
		const { code, output, metrics } = await prove(undefined, { PATH: `${bin}:${process.env.PATH}` });
		expect({ code, output, metrics }).toEqual({
			code: 1,
			output: expect.stringContaining("differs"),
			metrics: {},
		});
	});

	test("is not proven before Prometheus knows it", async () => {
		const { code, output } = await prove(undefined, {}, 500);
		expect({ code, output }).toEqual({
			code: 1,
			output: expect.stringContaining("does not take the metrics"),
		});
	});
});
