import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { BackupHost } from "./backup-host.ts";
import { treeOf } from "./tree.ts";

needs("root", "rsync");

const files = 200;

/** Two trees and a restore point. */
function host(): BackupHost {
	const lab = new BackupHost();
	for (let file = 0; file < files; file++) lab.write(`nfs/photos/${file}`, `photo ${file}`);
	lab.write("fast/thumbs/1", "thumb");
	chownSync(lab.path("nfs/photos/1"), 1234, 4321);
	chmodSync(lab.path("nfs/photos/1"), 0o640);
	lab.write("disk/points/2026-01-01T050000/volumes/shop/web/file", "data");
	return lab;
}

/** The same after its monthly run. */
async function synchronised(): Promise<BackupHost> {
	const lab = host();
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	return lab;
}

/** What the marker of a tree would say had the monthly run been in another month. */
const anotherMonth = (lab: BackupHost) => lab.write("state/tree.nfs", `2020-01 ${files}\n`);
const pendingLogs = (lab: BackupHost) => lab.list("state").filter((name) => name.startsWith("changes"));
const metrics = (lab: BackupHost) => lab.metrics("offsite-backup-sync");

test("the first run of a month brings everything, and a restore gives back owners and modes", async () => {
	const lab = await synchronised();
	execFileSync(
		"rsync",
		[
			"-aHAX",
			"--numeric-ids",
			"--rsh",
			lab.path("bin/ssh"),
			"--rsync-path=rsync --fake-super",
			`backup@192.0.2.21:${lab.path("offsite/nfs")}/`,
			`${lab.path("back")}/`,
		],
		{ env: { ...process.env, LAB: lab.folder } },
	);
	expect(treeOf(lab.path("back"))).toEqual(treeOf(lab.path("nfs")));
	expect(lab.read("offsite/fast/thumbs/1")).toBe("thumb");
	expect(metrics(lab)).toMatchObject({
		offsite_sync_last_status: 0,
		backup_last_success_timestamp: expect.any(Number),
	});
});

test("a daily run brings what the log names and deletes nothing", async () => {
	const lab = await synchronised();
	lab.write("nfs/photos/2", "edited photo");
	lab.write("nfs/unlogged", "not in the log");
	rmSync(lab.path("nfs/photos/3"));
	lab.changed("nfs/photos/2", "nfs/photos/2");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/nfs/photos/2")).toBe("edited photo");
	expect(existsSync(lab.path("offsite/nfs/unlogged"))).toBe(false);
	expect(existsSync(lab.path("offsite/nfs/photos/3"))).toBe(true);
	expect(pendingLogs(lab)).toEqual([]);
});

test("a path that is gone keeps nothing from being brought, the last of the log included", async () => {
	const lab = await synchronised();
	lab.write("nfs/photos/new", "new");
	lab.changed("nfs/gone/before", "nfs/photos/new", "nfs/photos/gone");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/nfs/photos/new")).toBe("new");
});

test("a log of one tree alone is no error of the other", async () => {
	const lab = await synchronised();
	lab.write("fast/thumbs/2", "another");
	lab.changed("fast/thumbs/2");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/fast/thumbs/2")).toBe("another");
});

test("a directory in the log stands for all that is in it", async () => {
	const lab = await synchronised();
	lab.write("nfs/2026-01-02/dump/a.sql", "dump");
	lab.changed("nfs/2026-01-02");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/nfs/2026-01-02/dump/a.sql")).toBe("dump");
});

test("a name with a line break arrives under it", async () => {
	const lab = await synchronised();
	lab.write("nfs/two\nlines", "text");
	lab.changed("nfs/two\nlines");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/nfs/two\nlines")).toBe("text");
});

test("a transfer that fails is no success, and its log is used by the next run", async () => {
	const lab = await synchronised();
	const success = metrics(lab).backup_last_success_timestamp;
	lab.write("nfs/photos/new", "new");
	lab.changed("nfs/photos/new");
	lab.program("rsync", "#!/bin/sh\nexit 12\n");
	await sleep(1000);
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(metrics(lab)).toMatchObject({
		offsite_sync_last_status: 1,
		backup_last_success_timestamp: success,
	});
	expect(pendingLogs(lab)).toHaveLength(1);
	rmSync(lab.path("bin/rsync"));
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/nfs/photos/new")).toBe("new");
	expect(pendingLogs(lab)).toEqual([]);
});

test("what changes during a transfer is in the next one", async () => {
	const lab = await synchronised();
	lab.write("nfs/photos/early", "1");
	lab.write("nfs/photos/late", "2");
	lab.changed("nfs/photos/early");
	lab.program(
		"rsync",
		`#!/bin/sh\nprintf '%s\\0' '${lab.path("nfs/photos/late")}' >>$LAB/state/changes\nexec /usr/bin/rsync "$@"\n`,
	);
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(existsSync(lab.path("offsite/nfs/photos/late"))).toBe(false);
	rmSync(lab.path("bin/rsync"));
	await lab.run("offsite.sh");
	expect(lab.read("offsite/nfs/photos/late")).toBe("2");
});

test("the third day of a month is a day like any other: deletions come once a month", async () => {
	const lab = await synchronised();
	rmSync(lab.path("nfs/photos/3"));
	await lab.run("offsite.sh");
	expect(existsSync(lab.path("offsite/nfs/photos/3"))).toBe(true);
	anotherMonth(lab);
	await lab.run("offsite.sh");
	expect(existsSync(lab.path("offsite/nfs/photos/3"))).toBe(false);
});

test.for([
	[
		"a third of the files is deleted",
		"67 of 200 files there would be removed, more than 10 %",
		(lab: BackupHost, file: number) => rmSync(lab.path(`nfs/photos/${file}`)),
	],
	[
		"a third is overwritten",
		"67 of 200 files there would be removed or overwritten, more than 10 %",
		(lab: BackupHost, file: number) => lab.write(`nfs/photos/${file}`, "encrypted"),
	],
] as const)("when %s, the monthly run changes nothing and says so", async ([, refusal, damage]) => {
	const lab = await synchronised();
	const before = treeOf(lab.path("offsite/nfs"));
	for (let file = 0; file < 67; file++) damage(lab, file);
	anotherMonth(lab);
	const { code, stderr } = await lab.run("offsite.sh");
	expect(code).toBe(1);
	expect(stderr).toContain(`nfs: ${refusal}`);
	expect(treeOf(lab.path("offsite/nfs"))).toEqual(before);
	expect(metrics(lab)).toMatchObject({ offsite_sync_refused_total: 1, offsite_sync_last_status: 1 });
});

test("when a third is overwritten, the daily run changes nothing either", async () => {
	const lab = await synchronised();
	for (let file = 0; file < 67; file++) {
		lab.write(`nfs/photos/${file}`, "encrypted");
		lab.changed(`nfs/photos/${file}`);
	}
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(lab.read("offsite/nfs/photos/5")).toBe("photo 5");
	expect(pendingLogs(lab)).toHaveLength(1);
});

test("a tree that is not mounted does not empty its copy", async () => {
	const lab = await synchronised();
	rmSync(lab.path("nfs"), { recursive: true });
	mkdirSync(lab.path("nfs"));
	anotherMonth(lab);
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(readdirSync(lab.path("offsite/nfs/photos"))).toHaveLength(files);
});

test("an operator who knows why lets one run through", async () => {
	const lab = await synchronised();
	for (let file = 0; file < 67; file++) rmSync(lab.path(`nfs/photos/${file}`));
	anotherMonth(lab);
	expect((await lab.run("offsite.sh", ["--allow-loss"])).code).toBe(0);
	expect(readdirSync(lab.path("offsite/nfs/photos"))).toHaveLength(files - 67);
});

const there = "offsite/pve-backup/points";

test("the newest point goes offsite, its unchanged files as links to the one before", async () => {
	const lab = await synchronised();
	lab.write("disk/points/2026-01-02T050000/volumes/shop/web/new", "new");
	execFileSync("cp", [
		"-a",
		lab.path("disk/points/2026-01-01T050000/volumes/shop/web/file"),
		lab.path("disk/points/2026-01-02T050000/volumes/shop/web/file"),
	]);
	expect((await lab.run("offsite.sh")).code).toBe(0);
	const inode = (point: string) => statSync(lab.path(`${there}/${point}/volumes/shop/web/file`)).ino;
	expect(lab.list(there)).toEqual(["2026-01-01T050000", "2026-01-02T050000"]);
	expect(inode("2026-01-02T050000")).toBe(inode("2026-01-01T050000"));
	expect(lab.read(`${there}/2026-01-02T050000/volumes/shop/web/new`)).toBe("new");
});

test("a point that arrived in part has no name to restore from", async () => {
	const lab = host();
	lab.program("rsync", '#!/bin/sh\ncase "$*" in *partial*) exit 30 ;; esac\nexec /usr/bin/rsync "$@"\n');
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(lab.list(there)).toEqual([]);
});

test("points age there by their own retention, and nothing else is touched", async () => {
	const lab = new BackupHost({
		keep: {
			snapshots: 7,
			copies: { daily: 1, weekly: 0, monthly: 0 },
			offsite: { daily: 1, weekly: 0, monthly: 2 },
			replaced: 90,
		},
	});
	for (const point of ["2025-10-05T050000", "2025-11-05T050000", "2025-12-05T050000", "not-a-point"])
		lab.write(`${there}/${point}/host/file`, "x");
	lab.write("disk/points/2025-12-06T050000/host/file", "x");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.list(there)).toEqual(["2025-11-05T050000", "2025-12-06T050000", "not-a-point"]);
});

test("a disk that is not mounted does not keep the trees from going offsite", async () => {
	const lab = host();
	rmSync(lab.path("disk/.mounted"));
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(lab.read("offsite/nfs/photos/1")).toBe("photo 1");
});

test("another place that does not answer changes nothing, and is reported", async () => {
	const lab = host();
	lab.program("ssh", "#!/bin/sh\nexit 255\n");
	lab.changed("nfs/photos/1");
	expect((await lab.run("offsite.sh")).code).toBe(255);
	expect(metrics(lab)).toMatchObject({ offsite_sync_last_status: 255 });
	expect(pendingLogs(lab)).toEqual(["changes"]);
});

test("the host key of the other place must be known", async () => {
	const lab = await synchronised();
	for (const call of lab.calls("ssh")) expect(call).toContain("StrictHostKeyChecking=yes");
});
