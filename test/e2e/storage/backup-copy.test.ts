import { execFileSync } from "node:child_process";
import {
	chmodSync,
	chownSync,
	closeSync,
	existsSync,
	ftruncateSync,
	linkSync,
	mkdirSync,
	openSync,
	readSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { Backup } from "../../../config/schema/backup.ts";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { BackupHost, ended, hoursAgo, timestamp } from "./backup-host.ts";
import { treeOf } from "./tree.ts";
import { insertLoad, writeLoad } from "./write-load.ts";

needs("root", "rsync", "sqlite3");

const volume = "lvm/vm-9999-pvc-a";
const anHourAgo = hoursAgo(1);
const twoHoursAgo = hoursAgo(2);

/** One volume with all kinds of entries, and a snapshot of it. */
function host(backup: Partial<Backup> = {}, at = twoHoursAgo): BackupHost {
	const lab = new BackupHost(backup);
	lab.volume("a", "shop/web");
	fill(lab.path(volume));
	lab.write("etc/pve/storage.cfg", "dir: local\n");
	lab.snapshot("a", at);
	return lab;
}

function fill(root: string): void {
	mkdirSync(`${root}/deep/er`, { recursive: true });
	writeFileSync(`${root}/deep/er/own`, "of somebody");
	chownSync(`${root}/deep/er/own`, 1234, 4321);
	chmodSync(`${root}/deep/er/own`, 0o640);
	writeFileSync(`${root}/line\nbreak and "quotes"`, Buffer.alloc(100_000, 7));
	linkSync(`${root}/deep/er/own`, `${root}/hard`);
	symlinkSync("deep/er/own", `${root}/soft`);
	chmodSync(`${root}/deep`, 0o2770);
}

const newestPoint = (lab: BackupHost) => lab.list("disk/points").at(-1) ?? "";
const restored = (lab: BackupHost, claim: string) =>
	lab.path(`disk/points/${newestPoint(lab)}/volumes/${claim}`);

test("a volume under write load comes back byte for byte as its snapshot was", async () => {
	const lab = host();
	const atSnapshot = treeOf(lab.path(`${volume}_snap_${timestamp(twoHoursAgo)}`));
	const load = writeLoad(lab.path(volume));
	const { code, stderr } = await lab.run("copy.sh");
	await load.stop();
	expect(stderr).toContain("1 volumes copied, 0 failures");
	expect(code).toBe(0);

	const back = lab.path("back");
	execFileSync("rsync", ["-aHAX", "--numeric-ids", `${restored(lab, "shop/web")}/`, `${back}/`]);
	expect(treeOf(back)).toEqual(atSnapshot);
	expect(load.writes()).toBeGreaterThan(0);
	expect(treeOf(lab.path(volume))).not.toEqual(atSnapshot);
});

test("the host's own configuration is part of the point", async () => {
	const lab = host();
	await lab.run("copy.sh");
	expect(lab.read(`disk/points/${newestPoint(lab)}/host${lab.path("etc")}/pve/storage.cfg`)).toBe(
		"dir: local\n",
	);
});

test("the configuration of an appliance is part of the point", async () => {
	const lab = host({ appliances: { nas: ["/conf/config.xml"] } });
	lab.program("ssh", '#!/bin/sh\necho "<config>$*</config>"\n');
	expect((await lab.run("copy.sh")).code).toBe(0);
	expect(lab.read(`disk/points/${newestPoint(lab)}/appliances/nas/conf/config.xml`)).toContain(
		"root@192.0.2.21 cat /conf/config.xml",
	);
});

test.for([
	["is away", "#!/bin/sh\nexit 255\n"],
	["answers nothing", "#!/bin/sh\n"],
] as const)("an appliance that %s fails the run", async ([, ssh]) => {
	const lab = host({ appliances: { nas: ["/conf/config.xml"] } });
	lab.program("ssh", ssh);
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("nas=root@192.0.2.21:/conf/config.xml: cannot be copied");
	expect(existsSync(`${restored(lab, "shop/web")}/hard`)).toBe(true);
});

test("a file that has not changed takes no room in the next point", async () => {
	const lab = host();
	await lab.run("copy.sh");
	const inode = (name: string) => statSync(`${restored(lab, "shop/web")}/${name}`).ino;
	const before = { own: inode("deep/er/own"), break: inode('line\nbreak and "quotes"') };
	writeFileSync(lab.path(`${volume}/line\nbreak and "quotes"`), "new");
	lab.snapshot("a", anHourAgo);
	await lab.run("copy.sh");
	expect(inode("deep/er/own")).toBe(before.own);
	expect(inode('line\nbreak and "quotes"')).not.toBe(before.break);
	expect(lab.metrics("daily-backup").daily_backup_bytes_synced).toBe(3);
});

/** Size, data and allocation of a file that is a hole but for a page at each of some places. */
const places = [0, 7e9, 49e9];
function pagesOf(file: string) {
	const { size, blocks, ino } = statSync(file);
	const descriptor = openSync(file, "r");
	const pages = places.map((place) => {
		const page = Buffer.alloc(4);
		readSync(descriptor, page, 0, 4, place);
		return page.toString();
	});
	closeSync(descriptor);
	return { size, pages, small: blocks * 512 < 1e6, ino };
}

test("a file of 50 GB that is mostly holes is not read from end to end, and keeps its holes and its links", async () => {
	const lab = host();
	const snapshot = lab.path(`${volume}_snap_${timestamp(twoHoursAgo)}`);
	const source = `${snapshot}/deep/database`;
	const descriptor = openSync(source, "w");
	for (const place of places) writeSync(descriptor, "data", place);
	ftruncateSync(descriptor, 50e9);
	closeSync(descriptor);
	linkSync(source, `${snapshot}/same`);
	chownSync(source, 1234, 4321);
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	const copy = () => pagesOf(`${restored(lab, "shop/web")}/deep/database`);
	const first = copy();
	expect(first).toEqual({ size: 50e9, pages: ["data", "data", "data"], small: true, ino: expect.anything() });
	expect(statSync(`${restored(lab, "shop/web")}/same`)).toMatchObject({
		ino: first.ino,
		uid: 1234,
		gid: 4321,
	});
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	expect(copy().ino).toBe(first.ino);
});

test("a snapshot of yesterday is copied, and the run fails", async () => {
	const lab = host({}, hoursAgo(26));
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("a newer one should be there");
	expect(existsSync(`${restored(lab, "shop/web")}/hard`)).toBe(true);
	const metrics = lab.metrics("daily-backup");
	expect(metrics).toMatchObject({ daily_backup_last_status: 1, daily_backup_volumes_failed: 1 });
	expect(metrics).not.toHaveProperty("backup_last_success_timestamp");
});

test("a volume without a snapshot fails the run, and the others are copied", async () => {
	const lab = host();
	lab.volume("b", "shop/new");
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("shop/new: there is no snapshot of vm-9999-pvc-b");
	expect(existsSync(`${restored(lab, "shop/web")}/hard`)).toBe(true);
});

test("a volume that cannot be mounted fails the run, and is closed again", async () => {
	const lab = host();
	lab.write("luks", "vm-9999-pvc-a\n");
	lab.write("refuse", "mount -o ro\n");
	expect((await lab.run("copy.sh")).code).toBe(1);
	expect(lab.calls("lvchange").at(-1)).toContain("--activate n");
});

test("an encrypted volume is opened with the host's key", async () => {
	const lab = host();
	lab.write("luks", "vm-9999-pvc-a\n");
	lab.program(
		"cryptsetup",
		'#!/bin/sh\necho "cryptsetup $*" >>"$LAB/calls"\n[ "$1" = open ] && basename "$6" >"$LAB/opened"; exit 0\n',
	);
	lab.write("settings", `${lab.read("settings")}LUKS_KEY_FILE=/key\n`);
	expect((await lab.run("copy.sh")).code).toBe(0);
	expect(lab.calls("cryptsetup open")).toEqual([
		expect.stringMatching(
			/^cryptsetup open --type luks2 --key-file \/key \/dev\/pve\/vm-9999-pvc-a_snap_\S+ backup-/,
		),
	]);
});

test("a volume without a claim is none of a fresh answer's failures, and one of an old answer's", async () => {
	const lab = host();
	mkdirSync(lab.path("lvm/vm-9999-pvc-orphan"));
	expect((await lab.run("copy.sh")).code).toBe(0);
	expect(lab.metrics("daily-backup")).toMatchObject({ daily_backup_volumes_orphaned: 1 });
	lab.write("kubectl", "exit 1\n");
	expect((await lab.run("copy.sh")).code).toBe(1);
});

test("nothing is written to the folder of a disk that is not mounted", async () => {
	const lab = host();
	rmSync(lab.path("disk/.mounted"));
	expect((await lab.run("copy.sh")).code).toBe(1);
	expect(lab.list("disk/points")).toEqual([]);
	expect(lab.metrics("daily-backup")).toMatchObject({ daily_backup_last_status: 1 });
});

test("a run that is stopped leaves no half point, and reports it", async () => {
	const lab = host();
	lab.program("rsync", "#!/bin/sh\ntouch $LAB/reached; exec sleep 60\n");
	const child = lab.start("copy.sh");
	await waitFor("rsync", () => existsSync(lab.path("reached")), { within: 60_000 });
	process.kill(-(child.pid ?? 0), "SIGTERM");
	await ended(child);
	await waitFor("the report", () => lab.metrics("daily-backup").daily_backup_last_status, { within: 60_000 });
	expect(lab.metrics("daily-backup").daily_backup_last_status).toBe(143);
	expect(lab.list("disk/points")).toEqual([".partial"]);
});

test("a second run ends at once, and the first goes on under its lock", async () => {
	const lab = host();
	lab.write(
		"kubectl",
		'touch "$LAB/asked"; while [ ! -e "$LAB/answer" ]; do sleep 0.1; done; cat "$LAB/claims"\n',
	);
	const first = ended(lab.start("copy.sh"));
	await waitFor("the first run", () => existsSync(lab.path("asked")), { within: 60_000 });
	const second = await lab.run("copy.sh");
	expect(second.code).toBe(75);
	expect(second.stderr).toContain("another run holds");
	expect(lab.metrics("daily-backup")).toEqual({});
	expect((await lab.run("copy.sh")).code).toBe(75);
	lab.write("answer", "");
	expect((await first).code).toBe(0);
	expect((await lab.run("copy.sh")).code).toBe(0);
});

/** Number of rows, of a database that must be whole. */
function rowsOf(file: string): number {
	using database = new DatabaseSync(file, { readOnly: true });
	expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
	return Number(database.prepare("SELECT count(*) AS rows FROM entry").get()?.rows);
}

test("a SQLite database in use is copied whole, with all that was committed before", async () => {
	const lab = host();
	mkdirSync(lab.path("live"), { recursive: true });
	mkdirSync(lab.path("live/vm-9999-pvc-a"));
	const load = insertLoad(lab.path("live/vm-9999-pvc-a/app.db"));
	await waitFor("some rows", () => load.committed() > 200, { within: 60_000 });
	const before = load.committed();
	const { code } = await lab.run("copy.sh");
	const after = load.committed();
	await load.stop();
	expect(code).toBe(0);
	expect(after).toBeGreaterThan(before);
	const rows = rowsOf(lab.path(`disk/points/${newestPoint(lab)}/sqlite/shop/web/app.db`));
	expect(rows).toBeGreaterThanOrEqual(before);
	expect(rows).toBeLessThanOrEqual(after);
});

test.for(["as it is", "from a private copy, where it cannot be read as it is"])(
	"rows that are in the write-ahead log alone are in the copy %s",
	async (how) => {
		const lab = host();
		using database = new DatabaseSync(lab.path(`${volume}/crashed.sqlite3`));
		database.exec("PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; CREATE TABLE entry (text)");
		for (let row = 0; row < 50; row++) database.exec("INSERT INTO entry VALUES ('x')");
		lab.snapshot("a", anHourAgo);
		rmSync(lab.path(`${volume}_snap_${timestamp(anHourAgo)}/crashed.sqlite3-shm`));
		// What SQLite does on a file system that is read-only when a log has no index.
		if (how !== "as it is")
			lab.program(
				"sqlite3",
				'#!/bin/sh\ncase "$*" in *snapshot/*mode=ro*) exit 1 ;; esac\nexec /usr/bin/sqlite3 "$@"\n',
			);
		expect((await lab.run("copy.sh")).code).toBe(0);
		expect(lab.list(`disk/points/${newestPoint(lab)}/sqlite/shop/web`)).toEqual(["crashed.sqlite3"]);
		expect(rowsOf(lab.path(`disk/points/${newestPoint(lab)}/sqlite/shop/web/crashed.sqlite3`))).toBe(50);
	},
);

test("a database that is damaged fails the run", async () => {
	const lab = host();
	const file = lab.path(`${volume}/app.db`);
	{
		using database = new DatabaseSync(file);
		database.exec("CREATE TABLE entry (text); CREATE INDEX by_text ON entry (text); BEGIN");
		for (let row = 0; row < 2000; row++)
			database.exec(`INSERT INTO entry VALUES ('${row} ${"x".repeat(50)}')`);
		database.exec("COMMIT");
	}
	execFileSync("dd", [
		"if=/dev/urandom",
		`of=${file}`,
		"bs=4096",
		"seek=5",
		"count=3",
		"conv=notrunc",
		"status=none",
	]);
	lab.snapshot("a", anHourAgo);
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("shop/web: copying");
	expect(existsSync(lab.path(`disk/points/${newestPoint(lab)}/sqlite/shop/web/app.db`))).toBe(false);
});
