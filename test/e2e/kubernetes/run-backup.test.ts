import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ended } from "../harness/ended.ts";
import { needs } from "../harness/needs.ts";

needs("busybox", "wget");

const script = join(import.meta.dirname, "../../../constructs/kubernetes/scripts/run-backup.sh");
const root = mkdtempSync(join(tmpdir(), `infra-${process.pid}-run-backup-`));
const commands = join(root, "bin");
beforeAll(() => {
	mkdirSync(commands);
	execFileSync("busybox", ["--install", "-s", commands]);
	// Debian's BusyBox dies of --post-file with a time limit.
	rmSync(join(commands, "wget"));
	symlinkSync(execFileSync("which", ["wget"], { encoding: "utf8" }).trim(), join(commands, "wget"));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Named as the clock of so many days ago would have it; `week` as mail has it, else as Redis has it. */
function nameOf(days: number, format: string): string {
	const at = Math.floor(Date.now() / 1000 - days * 86_400);
	return execFileSync("date", ["-d", `@${at}`, `+${format}`], { encoding: "utf8" }).trim();
}

const daily = "redis-%Y%m%d-%H%M%S.rdb";
const weekly = "%G-W%V";

interface Run {
	readonly format?: string;
	/** Ages in days of the copies that are there. */
	readonly ages?: readonly number[];
	/** Of these, those that are empty. */
	readonly empty?: readonly number[];
	readonly retention?: string;
	readonly keep?: string;
	/** What the program does; `$copy` is where its copy belongs. */
	readonly program?: string;
	/** Seconds that the clock is ahead. */
	readonly ahead?: number;
}

async function run(options: Run = {}) {
	const { format = daily, ages = [], empty = [], retention = "28", keep = "4", ahead = 0 } = options;
	const folder = mkdtempSync(join(root, "run-"));
	const backup = join(folder, "backup");
	mkdirSync(backup);
	const names = new Map(ages.map((age) => [age, nameOf(age, format)]));
	for (const [age, name] of names) {
		const path = join(backup, name);
		const content = empty.includes(age) ? "" : "copy";
		if (format === weekly) {
			mkdirSync(join(path, "mail"), { recursive: true });
			writeFileSync(join(path, "mail/1"), content);
		} else writeFileSync(path, content);
		// The times of files are those of what was copied, or of a restore.
		utimesSync(path, 0, 0);
	}
	const path = join(folder, "path");
	mkdirSync(path);
	if (ahead !== 0) {
		const date = `#!${commands}/sh\ncase "$*" in *-d*) exec ${commands}/date "$@" ;; esac\nexec ${commands}/date -d "@$(($(${commands}/date +%s) + ${ahead}))" "$@"\n`;
		writeFileSync(join(path, "date"), date, { mode: 0o755 });
	}
	const program = join(folder, "program");
	const make = options.program ?? 'echo new >"$copy"; echo "$copy"';
	writeFileSync(program, `#!${commands}/sh\ncopy="$BACKUP_DIR/$(date "+$COPY_NAME")"\n${make}\n`, {
		mode: 0o755,
	});
	const pushes: string[] = [];
	const gateway = createServer(async (request, response) => {
		pushes.push(await text(request));
		response.writeHead(200).end();
	}).listen(0, "127.0.0.1");
	await once(gateway, "listening");
	const child = spawn(join(commands, "sh"), [script, program], {
		env: {
			PATH: `${path}:${commands}`,
			JOB_NAME: "job",
			PUSHGATEWAY: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
			BACKUP_DIR: backup,
			COPY_NAME: format,
			RETENTION_DAYS: retention,
			KEEP_COPIES: keep,
		},
		stdio: ["ignore", "pipe", "pipe"],
	});
	const { code, errors } = await ended(child);
	gateway.close();
	const files = readdirSync(backup);
	return {
		code,
		errors,
		pushes,
		files,
		left: ages.filter((age) => files.includes(names.get(age) ?? "")),
	};
}

describe("a backup that succeeds", () => {
	test("costs copies that are older than the retention, but for the newest", async () => {
		expect(await run({ ages: [7, 14, 21, 28, 35, 400] })).toMatchObject({ code: 0, left: [7, 14, 21] });
		expect(await run({ ages: [100, 200, 300, 400, 500] })).toMatchObject({ code: 0, left: [100, 200, 300] });
		expect(await run({ ages: [1, 2, 3, 4, 5, 6], keep: "1" })).toMatchObject({ left: [1, 2, 3, 4, 5, 6] });
	});

	test("P38: keeps eight weeks of eleven", async () => {
		const ages = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((week) => week * 7);
		const program = 'mkdir -p "$copy/mail"; echo new >"$copy/mail/1"; echo "$copy"';
		const { left } = await run({ format: weekly, ages, retention: "56", keep: "8", program });
		expect(left).toEqual([0, 7, 14, 21, 28, 35, 42, 49]);
	});

	test.for([
		["a day", "1", "1"],
		["a week", "7", "1"],
	] as const)("is itself never given up at a retention of %s", async ([, retention, keep]) => {
		for (const format of [daily, weekly]) {
			const program = 'mkdir -p "$copy"; echo new >"$copy/1"; echo "$copy"';
			const { code, files } = await run({ format, retention, keep, program });
			expect({ code, files: files.length }).toEqual({ code: 0, files: 1 });
		}
	});

	test("gives up no more than on any other day when the clock runs 400 days ahead", async () => {
		const { left } = await run({ ages: [7, 14, 21, 28], ahead: 400 * 86_400 });
		expect(left).toEqual([7, 14, 21]);
	});

	test("does not count what a clock that ran ahead has left, keeps it and reports it", async () => {
		const { code, left, errors, pushes } = await run({ ages: [-400, -10, 7, 14, 21, 28, 35] });
		expect(code).toBe(0);
		expect(left).toEqual([-400, -10, 7, 14, 21]);
		expect(errors).toContain("is of the future");
		expect(pushes[0]).toContain("backup_names_ahead 2\n");
	});

	test("gives nothing up when the clock is years behind", async () => {
		const { left } = await run({ ages: [7, 14, 21, 28, 35], ahead: -3000 * 86_400 });
		expect(left).toEqual([7, 14, 21, 28, 35]);
	});

	test("does not count empty copies", async () => {
		const { left } = await run({ ages: [7, 14, 30, 37, 44, 51], empty: [7, 14, 44] });
		expect(left).toEqual([7, 14, 30, 37, 51]);
	});

	test("never touches what is no copy", async () => {
		const program =
			'echo a >"$BACKUP_DIR/redis-old.rdb"; mkdir "$BACKUP_DIR/2001"; echo a >"$copy"; echo "$copy"';
		const { files } = await run({ ages: [400, 401, 402, 403, 404], program });
		expect(files).toEqual(expect.arrayContaining(["redis-old.rdb", "2001"]));
	});
});

test.for([
	["prints nothing", "true"],
	["prints a path where nothing is", 'echo "$copy"'],
	["leaves an empty file", ': >"$copy"; echo "$copy"'],
	["leaves an empty folder", 'mkdir "$copy"; echo "$copy"'],
	["leaves a folder of empty files", 'mkdir -p "$copy/a"; : >"$copy/a/b"; echo "$copy"'],
	["fails after it has printed a path", 'echo a >"$copy"; echo "$copy"; exit 3'],
] as const)(
	"a program that %s is a failed run, which reports no success and gives nothing up",
	async ([, program]) => {
		const { code, pushes, left } = await run({ ages: [100, 200, 300, 400, 500], program });
		expect(code).not.toBe(0);
		expect(pushes).toEqual([]);
		expect(left).toEqual([100, 200, 300, 400, 500]);
	},
);

test.for(["0", "-1", "0.5", "", "many"])(
	"a retention of “%s” days is refused before anything is done",
	async (retention) => {
		const { code, files } = await run({ retention, ages: [100] });
		expect(code).toBe(2);
		expect(files).toHaveLength(1);
	},
);
