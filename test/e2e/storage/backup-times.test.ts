import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { BackupHost, timestamp } from "./backup-host.ts";

needs("root", "rsync", "sqlite3");

const volume = "vm-9999-pvc-a";
const idle = 'case $* in *persistentvolumes*) cat "$LAB/claims" ;; esac\n';

/** One volume, on a host whose clock stands still from now on. */
function host(): BackupHost {
	const lab = new BackupHost();
	lab.write("kubectl", idle);
	lab.volume("a", "shop/web");
	lab.write(`lvm/${volume}/file`, "1");
	lab.stopClock(new Date());
	return lab;
}

const points = (lab: BackupHost) => lab.list("disk/points").filter((name) => !name.startsWith("."));
const named = (lab: BackupHost, pattern: RegExp) => lab.list("lvm").filter((name) => pattern.test(name));
const later = (minutes: number) => timestamp(new Date(Date.now() + minutes * 60_000));

describe("of several runs in one second, and after a clock was set back by less than an hour, the last one sorts last", () => {
	test("a restore point, and a snapshot", async () => {
		const lab = host();
		// Of different sizes: rsync takes a file of the same size and second for the same.
		for (const [content, minutes] of [
			["1", 0],
			["22", 0],
			["333", -30],
			["4444", -30],
		] as const) {
			lab.stopClock(new Date(Date.now() + minutes * 60_000));
			lab.write(`lvm/${volume}/file`, content);
			expect(await lab.run("snapshot.sh")).toMatchObject({ code: 0 });
			// A snapshot that is still to come is reported, since the clock may be what is wrong.
			expect((await lab.run("copy.sh")).stderr).toMatch(/1 volumes copied|still to come; it was copied/);
			expect(lab.read(`disk/points/${points(lab).at(-1)}/volumes/shop/web/file`)).toBe(content);
		}
		expect(named(lab, /_snap_/)).toHaveLength(4);
		expect(lab.list("disk/points").filter((name) => name.startsWith("."))).toEqual([]);
	});

	test("a volume that is kept aside by a restore", async () => {
		const lab = host();
		expect(await lab.run("snapshot.sh")).toMatchObject({ code: 0 });
		expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
		const [point = ""] = points(lab);
		const [snapshot = ""] = named(lab, /_snap_/);
		for (const [content, script, args] of [
			["a", "restore.sh", ["shop/web", point]],
			["b", "snapshot.sh", ["restore", volume, snapshot]],
			["c", "restore.sh", ["shop/web", point]],
		] as const) {
			lab.write(`lvm/${volume}/file`, content);
			expect(await lab.run(script, args, "yes\n")).toMatchObject({ code: 0 });
			expect(lab.read(`lvm/${named(lab, /_pre_restore_\d{14}$/).at(-1)}/file`)).toBe(content);
		}
		expect(named(lab, /_pre_restore_/)).toHaveLength(3);
	});
});

/** The real function, outside of any program. */
function unusedTime(taken: readonly string[]): string {
	const common = join(import.meta.dirname, "../../../constructs/storage/backup/scripts/common.sh");
	return execFileSync("bash", ["--norc", "-c", '. "$0"; unused_time', common], {
		input: taken.map((name) => `${name}\n`).join(""),
		env: { PATH: process.env.PATH, INFRA_BACKUP_SETTINGS: "/dev/null", STATE: "/nowhere" },
		encoding: "utf8",
	}).trim();
}

test("names of a clock that ran ahead for long are neither followed nor taken", () => {
	const ahead = timestamp(new Date(Date.now() + 400 * 86_400_000));
	const now = unusedTime([ahead, "2026-01-01T050000"]);
	expect(now < ahead).toBe(true);
	const half = later(30);
	const next = unusedTime([half, ahead]);
	expect(next > half && next < ahead).toBe(true);
	expect(unusedTime([half, next])).not.toBe(next);
	expect(unusedTime([])).toMatch(/^\d{4}-\d\d-\d\dT\d{6}$/);
});
