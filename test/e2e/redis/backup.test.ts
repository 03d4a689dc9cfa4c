import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as listen } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { operator } from "../../../constructs/redis/users.ts";
import { Container } from "../harness/container.ts";
import { Daemon } from "../harness/daemon.ts";
import { DeployedStack, secretValue } from "../harness/deployed-stack.ts";
import { ended } from "../harness/ended.ts";
import { freePort } from "../harness/free-port.ts";
import { needs } from "../harness/needs.ts";
import { sendCommand } from "../harness/resp.ts";
import { sameSecond } from "../harness/same-second.ts";
import { waitFor } from "../harness/wait-for.ts";
import { siteWith } from "./deployed-lab.ts";

needs("redis-server", "redis-cli", "wget");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-backup-`));
const deployed = new DeployedStack(siteWith(), "redis").container("cron_job", "redis-backup", "redis-backup");
let redis: { readonly host: string; readonly port: number };
let server: Daemon | undefined;

beforeAll(async () => {
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
		"--repl-diskless-sync-delay",
		"0",
	];
	server = new Daemon("redis-server", args, { logFile: join(folder, "redis.log") });
	await waitFor("Redis answers", () => sendCommand(redis, ["SET", "key", "value"], 1000), { within: 30_000 });
	await sendCommand(
		redis,
		["ACL", "SETUSER", operator, "on", `>${secretValue(operator)}`, "~*", "&*", "+@all"],
		30_000,
	);
});
afterAll(async () => {
	await server?.stop();
	rmSync(folder, { recursive: true });
});

interface Push {
	readonly url: string | undefined;
	readonly body: string;
}

interface Run {
	readonly code: number;
	readonly output: string;
	/** Backups in the directory afterwards. */
	readonly files: readonly string[];
	readonly pushes: readonly Push[];
	/** Reads a file of the backup directory. */
	readonly read: (name: string) => Buffer;
}

/** The name of a backup that was made so many days ago. */
function backupOf(days: number): string {
	const time = new Date(Date.now() - days * 86_400_000).toISOString();
	return `redis-${time.slice(0, 10).replaceAll("-", "")}-${time.slice(11, 19).replaceAll(":", "")}.rdb`;
}

/** Runs the CronJob's command once. @param there names of files that are in its directory already */
async function backUp({
	there = [],
	pushStatus = 200,
	port = redis.port,
	path = process.env.PATH ?? "",
	directory,
}: {
	readonly there?: readonly string[];
	readonly pushStatus?: number;
	readonly port?: number;
	readonly path?: string;
	/** Where backups are. @default a folder of its own */
	readonly directory?: string;
} = {}): Promise<Run> {
	const root = mkdtempSync(join(folder, "run-"));
	const pushes: Push[] = [];
	const gateway = createServer(async (request, response) => {
		pushes.push({ url: request.url, body: await text(request) });
		response.writeHead(pushStatus).end();
	}).listen(0, "127.0.0.1");
	await once(gateway, "listening");
	const { command, env } = new Container({
		deployed,
		root,
		...(directory === undefined ? {} : { volumes: { "/backup": directory } }),
		env: {
			PATH: path,
			REDIS_HOST: redis.host,
			REDIS_PORT: String(port),
			REDISCLI_AUTH: secretValue(operator),
			PUSHGATEWAY: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
		},
	});
	const backups = directory ?? join(root, "backup");
	for (const name of there) writeFileSync(join(backups, name), "REDIS");
	const child = spawn(command[0] ?? "", command.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
	const { code, output, errors } = await ended(child);
	gateway.close();
	const read = (name: string) => readFileSync(join(backups, name));
	return { code, output: output + errors, files: readdirSync(backups), pushes, read };
}

/** A way to the master that changes what it sends. */
async function damaging(damage: (stream: Buffer) => Buffer) {
	const way = listen((client) => {
		const master = connect(redis.port, redis.host);
		client.pipe(master);
		master.on("data", (bytes) => client.write(damage(bytes)));
		for (const [one, other] of [
			[client, master],
			[master, client],
		] as const)
			one.on("error", () => other.destroy()).on("close", () => other.end());
	}).listen(0, redis.host);
	await once(way, "listening");
	const { port } = way.address() as AddressInfo;
	return { port, [Symbol.asyncDispose]: async () => void way.close() };
}

describe.concurrent("backup", () => {
	test("a backup is an RDB file with the keys of the master", async () => {
		const { code, files, read } = await backUp();
		expect(code).toBe(0);
		expect(files).toEqual([expect.stringMatching(/^redis-\d{8}-\d{6}\.rdb$/)]);
		const content = read(files[0] ?? "").toString("latin1");
		expect(content).toMatch(/^REDIS\d{4}/);
		expect(content).toContain("value");
	});

	test("two that are made in one second have a name each", async () => {
		const directory = mkdtempSync(join(folder, "shared-"));
		const path = sameSecond();
		const runs = await Promise.all([backUp({ path, directory }), backUp({ path, directory })]);
		expect(runs.map(({ code }) => code)).toEqual([0, 0]);
		expect(readdirSync(directory).filter((name) => /^redis-\d{8}-\d{6}\.rdb$/.test(name))).toHaveLength(2);
	});

	test("files of 29 days are deleted, files of 27 days are kept", async () => {
		const [young, old, ...weeks] = [27, 29, 7, 14, 21].map(backupOf);
		const { files } = await backUp({ there: [young, old, ...weeks].map(String) });
		expect(files).not.toContain(old);
		expect(files).toContain(young);
	});

	test("the four newest are kept, however old", async () => {
		const there = [100, 200, 300, 400].map(backupOf);
		const { files } = await backUp({ there });
		expect(there.filter((name) => files.includes(name))).toEqual(there.slice(0, 3));
	});

	test("only backups are ever deleted", async () => {
		const { files } = await backUp({ there: ["restore-notes.txt", "redis-old.rdb"] });
		expect(files).toEqual(expect.arrayContaining(["restore-notes.txt", "redis-old.rdb"]));
	});

	test("six gauges are pushed under the job's name", async () => {
		const { pushes } = await backUp();
		expect(pushes.map(({ url }) => url)).toEqual(["/metrics/job/redis-backup"]);
		const gauges = Object.fromEntries(
			(pushes[0]?.body ?? "")
				.trimEnd()
				.split("\n")
				.map((line) => line.split(" ")),
		);
		expect(Object.keys(gauges).sort()).toEqual([
			"backup_duration_seconds",
			"backup_last_success_timestamp",
			"backup_names_ahead",
			"backup_output_bytes",
			"backup_read_bytes",
			"backup_written_bytes",
		]);
		expect(Number(gauges.backup_output_bytes)).toBeGreaterThan(0);
		expect(Math.abs(Number(gauges.backup_last_success_timestamp) - Date.now() / 1000)).toBeLessThan(60);
	});

	test("without a Redis the job fails, reports no success, leaves no file and deletes none", async () => {
		const there = [29, 400, 500, 600, 700].map(backupOf);
		const { code, files, pushes } = await backUp({ port: await freePort(), there });
		expect(code).not.toBe(0);
		expect([...files].sort()).toEqual([...there].sort());
		expect(pushes).toEqual([]);
	});

	test.for<[what: string, damage: (stream: Buffer) => Buffer]>([
		[
			"has one wrong letter",
			(stream) => Buffer.from(stream.toString("latin1").replace("value", "valuE"), "latin1"),
		],
		["is none", (stream) => Buffer.from(stream.toString("latin1").replace("REDIS0", "redis0"), "latin1")],
	])("a stream that %s becomes no backup, and deletes none", async ([, damage]) => {
		const there = [29, 400, 500, 600, 700].map(backupOf);
		await using between = await damaging(damage);
		const { code, output, files, pushes } = await backUp({ port: between.port, there });
		expect([code === 0, output]).toEqual([false, expect.stringContaining(".part cannot be restored")]);
		expect([...files].sort()).toEqual([...there].sort());
		expect(pushes).toEqual([]);
	});

	test("a Pushgateway that refuses does not fail the backup", async () => {
		const { code, files, output } = await backUp({ pushStatus: 500 });
		expect(code).toBe(0);
		expect(files).toHaveLength(1);
		expect(output).toContain("does not take the metrics");
	});
});
