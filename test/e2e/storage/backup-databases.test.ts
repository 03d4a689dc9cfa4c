import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync, truncateSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { BackupHost, hoursAgo } from "./backup-host.ts";

needs("root", "rsync", "sqlite3");

const volume = "lvm/vm-9999-pvc-a";
const newest = (lab: BackupHost) => `disk/points/${lab.list("disk/points").at(-1)}`;
const copies = (lab: BackupHost) =>
	existsSync(lab.path(`${newest(lab)}/sqlite/shop/web`)) ? lab.list(`${newest(lab)}/sqlite/shop/web`) : [];

/** A volume with a database of 3000 rows. */
function host(name = "app.db"): BackupHost {
	const lab = new BackupHost();
	lab.volume("a", "shop/web");
	using database = new DatabaseSync(lab.path(`${volume}/${name}`));
	database.exec("CREATE TABLE entry (text); CREATE INDEX by_text ON entry (text); BEGIN");
	for (let row = 0; row < 3000; row++) database.exec(`INSERT INTO entry VALUES ('${row} ${"x".repeat(50)}')`);
	database.exec("COMMIT");
	return lab;
}

const write = (file: string, offset: number, bytes: number[]) =>
	execFileSync("dd", [`of=${file}`, "bs=1", `seek=${offset}`, "conv=notrunc", "status=none"], {
		input: Buffer.from(bytes),
	});

/** Puts a program in front of sqlite3 that ends in its own way when it is asked for a copy. */
const copying = (lab: BackupHost, end: string) =>
	lab.program("sqlite3", `#!/bin/sh\ncase "$*" in *.backup*) ${end} ;; esac\nexec /usr/bin/sqlite3 "$@"\n`);

const damages: Readonly<Record<string, (lab: BackupHost, file: string) => void>> = {
	"its page size is damaged": (_, file) => write(file, 16, [7, 7]),
	"its first page is damaged": (_, file) => write(file, 100, Array(200).fill(255)),
	"pages in its middle are damaged": (_, file) => write(file, 5 * 4096, Array(9000).fill(170)),
	"its end is missing": (_, file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
	"only its header is left": (_, file) => truncateSync(file, 100),
	"the copy is killed": (lab) => copying(lab, "kill -9 $$"),
	"the copy fails": (lab) => copying(lab, "exit 1"),
	"the copy is empty and called a success": (lab) => copying(lab, ": >copy; exit 0"),
	"no copy is made and called a success": (lab) => copying(lab, "exit 0"),
	"the copy lacks its tables": (lab) =>
		copying(lab, "exec /usr/bin/sqlite3 copy 'CREATE TABLE other (text)'"),
	"it cannot be read at its beginning": (lab) =>
		lab.program("head", '#!/bin/sh\ncase "$*" in *app.db*) exit 1 ;; esac\nexec /usr/bin/head "$@"\n'),
	"its folder cannot be read": (lab) =>
		lab.program("find", '#!/bin/sh\ncase "$1" in *state/volume*) exit 1 ;; esac\nexec /usr/bin/find "$@"\n'),
};

test.for(Object.entries(damages))(
	"a database fails the run when %s, and no copy of it is kept",
	async ([, damage]) => {
		const lab = host();
		damage(lab, lab.path(`${volume}/app.db`));
		lab.snapshot("a", hoursAgo(1));
		const { code } = await lab.run("copy.sh");
		expect(code).toBe(1);
		expect(copies(lab)).toEqual([]);
		expect(lab.metrics("daily-backup")).not.toHaveProperty("backup_last_success_timestamp");
		expect(
			execFileSync("/usr/bin/find", [lab.path("disk/points"), "-name", ".*"], { encoding: "utf8" }),
		).toBe("");
	},
);

test("a database that does not fit the disk fails the run", async () => {
	const lab = host();
	lab.snapshot("a", hoursAgo(1));
	const [disk, size] = [lab.path("disk"), statSync(lab.path(`${volume}/app.db`)).size];
	execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${Math.floor(size * 1.5)}`, "infra-test", disk]);
	onTestFinished(() => {
		execFileSync("/bin/umount", [disk]);
	});
	lab.write("disk/.mounted", "");
	mkdirSync(lab.path("disk/points"));
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toMatch(/disk (image )?is? ?(full|malformed)|database or disk is full/);
	expect(copies(lab)).toEqual([]);
	expect(existsSync(lab.path(`${newest(lab)}/volumes/shop/web/app.db`))).toBe(true);
});

test("what was a database in the last copy and is none now fails the run", async () => {
	const lab = host();
	lab.snapshot("a", hoursAgo(2));
	expect((await lab.run("copy.sh")).code).toBe(0);
	write(lab.path(`${volume}/app.db`), 0, Array(16).fill(0));
	lab.snapshot("a", hoursAgo(1));
	const { code, stderr } = await lab.run("copy.sh");
	expect(code).toBe(1);
	expect(stderr).toContain("app.db is no database any more");
});

test.for(["it's.db", "a?b#c%d.db", "two\nlines.db", "-rf.db", '"quoted" name.db'])(
	"a database called %j is copied under that name",
	async (name) => {
		const lab = host(name);
		lab.snapshot("a", hoursAgo(1));
		expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
		expect(copies(lab)).toEqual([name]);
		using copy = new DatabaseSync(lab.path(`${newest(lab)}/sqlite/shop/web/${name}`), { readOnly: true });
		expect(copy.prepare("SELECT count(*) AS rows FROM entry").get()).toEqual({ rows: 3000 });
	},
);

test.for(["wal", "delete", "persist", "truncate"])(
	"a database whose writer holds its lock all the while has what was committed, with the journal %s",
	async (mode) => {
		const lab = new BackupHost();
		lab.volume("a", "shop/web");
		const file = lab.path(`${volume}/orders.db`);
		using writer = new DatabaseSync(file);
		writer.exec(`PRAGMA journal_mode = ${mode}; PRAGMA cache_size = 5; CREATE TABLE entry (text)`);
		const insert = (count: number) => {
			for (let row = 0; row < count; row++)
				writer.exec(`INSERT INTO entry VALUES ('${row} ${"x".repeat(500)}')`);
		};
		writer.exec("BEGIN");
		insert(100);
		writer.exec("COMMIT");
		// So much that pages of it are in the file itself already, which its journal takes back.
		writer.exec("BEGIN EXCLUSIVE");
		insert(400);
		lab.snapshot("a", hoursAgo(1));
		const [snapshot = ""] = lab.list("lvm").filter((name) => name.includes("_snap_"));
		const left = lab.list(`lvm/${snapshot}`);
		expect(left).toContain(mode === "wal" ? "orders.db-wal" : "orders.db-journal");
		expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
		writer.exec("ROLLBACK");
		using copy = new DatabaseSync(lab.path(`${newest(lab)}/sqlite/shop/web/orders.db`), { readOnly: true });
		expect(copy.prepare("SELECT count(*) AS rows FROM entry").get()).toEqual({ rows: 100 });
		expect(copy.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
	},
);
