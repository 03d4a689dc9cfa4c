import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { BackupHost, ended, hoursAgo, timestamp } from "./backup-host.ts";

needs("root", "rsync", "sqlite3");

const keep = { daily: 7, weekly: 4, monthly: 0 };

/** A host whose volumes `a` and `b` have a snapshot each of an hour ago. */
function host(): BackupHost {
	const lab = new BackupHost({ keep: { snapshots: 7, copies: keep, offsite: keep } });
	for (const [id, claim] of Object.entries({ a: "shop/web", b: "mail/box" })) {
		lab.volume(id, claim);
		lab.write(`lvm/vm-9999-pvc-${id}/file`, `of ${claim}`);
		lab.snapshot(id, hoursAgo(1));
	}
	return lab;
}

const points = (lab: BackupHost, folder = "disk/points") =>
	lab.list(folder).filter((name) => /^\d{4}-/.test(name));
const having = (lab: BackupHost, claim: string, folder = "disk/points") =>
	points(lab, folder).filter((point) => existsSync(lab.path(`${folder}/${point}/volumes/${claim}`)));
const newest = (lab: BackupHost) => `disk/points/${points(lab).at(-1)}`;

/** Points of each of the last nights: all have `a`, those until some nights ago have `b` as well. */
function nights(lab: BackupHost, folder: string, count: number, failing: number): void {
	for (let night = count; night > 0; night--) {
		const point = `${folder}/${timestamp(hoursAgo(24 * night))}/volumes`;
		lab.write(`${point}/shop/web/file`, "a");
		if (night > failing) lab.write(`${point}/mail/box/file`, "b");
	}
}

/** Puts a small file system of its own in the place of the second disk. */
function smallDisk(lab: BackupHost, size: string): void {
	const disk = lab.path("disk");
	execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${size}`, "infra-test", disk]);
	onTestFinished(() => {
		execFileSync("/bin/umount", [disk]);
	});
	lab.write("disk/.mounted", "");
	mkdirSync(lab.path("disk/points"));
}

test("three weeks of failed nights push no good copy of a volume out", async () => {
	const lab = host();
	nights(lab, "disk/points", 40, 21);
	const lastGood = points(lab)[40 - 21 - 1];
	lab.write("refuse", "pvc-b_snap_\n");
	expect((await lab.run("copy.sh")).code).toBe(1);
	// The newest of seven days and of four weeks, which may be the same day twice.
	expect(having(lab, "mail/box").length).toBeGreaterThanOrEqual(8);
	expect(having(lab, "mail/box").at(-1)?.slice(0, 10)).toBe(lastGood?.slice(0, 10));
	expect(having(lab, "shop/web").length).toBeLessThanOrEqual(11);
	expect(having(lab, "shop/web").at(-1)).toBe(points(lab).at(-1));
});

test("the last copy of a claim that is gone is never given up", async () => {
	const lab = host();
	lab.write("disk/points/2020-01-01T050000/volumes/old/app/file", "the last");
	lab.write("disk/points/2020-01-01T050000/volumes/shop/web/file", "one of many");
	nights(lab, "disk/points", 40, 0);
	expect((await lab.run("copy.sh")).code).toBe(0);
	expect(lab.read("disk/points/2020-01-01T050000/volumes/old/app/file")).toBe("the last");
	expect(existsSync(lab.path("disk/points/2020-01-01T050000/volumes/shop"))).toBe(false);
	expect(lab.list("disk/points")).not.toContain(".expired");
});

test("a night in which everything fails leaves no point and gives nothing up", async () => {
	const lab = host();
	rmSync(lab.path("etc"), { recursive: true });
	nights(lab, "disk/points", 10, 0);
	const before = points(lab);
	lab.write("refuse", "_snap_\n");
	expect((await lab.run("copy.sh")).code).toBe(1);
	expect(points(lab).at(-1)).toBe(before.at(-1));
	expect(having(lab, "mail/box").length).toBeGreaterThanOrEqual(7);
});

test("a volume that does not fit the disk is not in the point, and the others are", async () => {
	const lab = host();
	for (let file = 0; file < 30; file++) lab.write(`lvm/vm-9999-pvc-b/${file}`, Buffer.alloc(1e6, file));
	lab.snapshot("b", hoursAgo(0.5));
	smallDisk(lab, "20m");
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("mail/box: copying");
	expect(lab.list(newest(lab))).toEqual(
		["host", "volumes"].filter((part) => existsSync(lab.path(`${newest(lab)}/${part}`))),
	);
	expect(having(lab, "mail/box")).toEqual([]);
	expect(lab.read(`${newest(lab)}/volumes/shop/web/file`)).toBe("of shop/web");
	expect(execFileSync("find", [lab.path("disk/points"), "-name", ".*"], { encoding: "utf8" })).toBe("");
});

test.for([
	["is killed", "kill -9 $$"],
	["cannot read", "exit 23"],
	["is refused", "exit 11"],
] as const)("a volume whose copy %s half-way is not in the point", async ([, end]) => {
	const lab = host();
	lab.program(
		"rsync",
		`#!/bin/sh\ncase "$*" in *box*) for last; do :; done; echo half >"$last/file"; ${end} ;; esac\nexec /usr/bin/rsync "$@"\n`,
	);
	expect((await lab.run("copy.sh")).code).toBe(1);
	expect(having(lab, "mail/box")).toEqual([]);
	expect(lab.list(`${newest(lab)}/volumes`)).toEqual(["shop"]);
});

test("a run that was stopped goes on in the next one, and its point has all", async () => {
	const lab = host();
	lab.write("lvm/vm-9999-pvc-a/large", Buffer.alloc(3e6, 1));
	lab.snapshot("a", hoursAgo(0.5));
	lab.program(
		"rsync",
		'#!/bin/sh\ncase "$*" in *box*) touch $LAB/reached; exec sleep 60 ;; esac\nexec /usr/bin/rsync "$@"\n',
	);
	const child = lab.start("copy.sh");
	await waitFor("the second volume", () => existsSync(lab.path("reached")), { within: 60_000 });
	process.kill(-(child.pid ?? 0), "SIGTERM");
	await ended(child);
	expect(points(lab)).toEqual([]);
	rmSync(lab.path("bin/rsync"));
	expect((await lab.run("copy.sh")).code).toBe(0);
	expect(lab.metrics("daily-backup").daily_backup_bytes_synced).toBeLessThan(100);
	expect([having(lab, "shop/web").length, having(lab, "mail/box").length]).toEqual([1, 1]);
	expect(lab.list("disk/points")).toEqual(points(lab));
});

test("a volume that was released and its successor do not meet in one folder", async () => {
	const lab = host();
	lab.volume("0old", "shop/web", "Released");
	lab.write("lvm/vm-9999-pvc-0old/file", "of the dead");
	lab.write("lvm/vm-9999-pvc-0old/only", "of the dead");
	lab.snapshot("0old", hoursAgo(1));
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(0);
	expect(lab.list(`${newest(lab)}/volumes/shop/web`)).toEqual(["file"]);
	expect(lab.read(`${newest(lab)}/volumes/shop/web/file`)).toBe("of shop/web");
	expect(stderr).toContain("vm-9999-pvc-0old is not copied: its claim was shop/web, the volume is Released");
	expect(lab.metrics("daily-backup")).toMatchObject({ daily_backup_volumes_orphaned: 1 });
});

test.for(["", "Failed", "Available"])("a volume of phase “%s” is an orphan", async (phase) => {
	const lab = host();
	lab.volume("c", "shop/web", phase);
	lab.snapshot("c", hoursAgo(1));
	expect((await lab.run("copy.sh")).stderr).toContain("vm-9999-pvc-c is not copied");
	expect(having(lab, "shop/web")).toHaveLength(1);
});

test("two volumes that are bound to one claim are a failure, and neither is copied", async () => {
	const lab = host();
	lab.volume("c", "shop/web");
	lab.snapshot("c", hoursAgo(1));
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain(
		"vm-9999-pvc-c is not copied: it is not the only volume that is bound to shop/web",
	);
	expect(having(lab, "shop/web")).toEqual([]);
	expect(having(lab, "mail/box")).toHaveLength(1);
});

test("what a clock that ran ahead has left is neither copied nor given up, and is reported", async () => {
	const lab = host();
	const future = new Date(Date.now() + 400 * 86_400_000);
	lab.write("lvm/vm-9999-pvc-a/file", "stale");
	lab.snapshot("a", future);
	lab.write(`disk/points/${timestamp(future)}/volumes/shop/web/file`, "stale");
	nights(lab, "disk/points", 7, 0);
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(0);
	const real = points(lab).filter((name) => name !== timestamp(future));
	expect(lab.read(`disk/points/${real.at(-1)}/volumes/shop/web/file`)).toBe("of shop/web");
	expect(real.length).toBeGreaterThanOrEqual(7);
	expect(stderr).toContain("of the future");
	expect(lab.metrics("daily-backup")).toMatchObject({ backup_names_ahead: 2 });
	await lab.run("snapshot.sh", ["prune"]);
	expect(lab.list("lvm").filter((name) => name.includes("pvc-a_snap_"))).toHaveLength(2);
});

test("a snapshot of the next minutes is copied, and the run fails: nobody knows which is the newest", async () => {
	const lab = host();
	lab.snapshot("a", hoursAgo(-0.5));
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("which is still to come");
	expect(having(lab, "shop/web")).toHaveLength(1);
});

test("a clock that runs ahead costs no more than any other night", async () => {
	const lab = host();
	nights(lab, "disk/points", 40, 0);
	await lab.run("copy.sh");
	const before = points(lab);
	lab.program(
		"date",
		'#!/bin/sh\ncase "$*" in *-d*|-r*) exec /bin/date "$@" ;; esac\nexec /bin/date -d "400 days" "$@"\n',
	);
	await lab.run("copy.sh");
	expect(before.filter((point) => !points(lab).includes(point)).length).toBeLessThanOrEqual(1);
});

test("a snapshot made by hand does not cost last night's", async () => {
	const lab = host();
	expect((await lab.run("snapshot.sh")).code).toBe(0);
	expect(lab.list("lvm").filter((name) => name.includes("pvc-a_snap_"))).toHaveLength(2);
});

test("a database that cannot be copied leaves the file copy of its volume", async () => {
	const lab = host();
	writeFileSync(
		lab.path("lvm/vm-9999-pvc-b/app.db"),
		Buffer.concat([Buffer.from("SQLite format 3\0"), Buffer.alloc(100)]),
	);
	lab.snapshot("b", hoursAgo(0.5));
	expect((await lab.run("copy.sh")).code).toBe(1);
	expect(lab.list(`${newest(lab)}/volumes/mail/box`)).toEqual(["app.db", "file"]);
	expect(existsSync(lab.path(`${newest(lab)}/sqlite`))).toBe(false);
});
