import { execFileSync } from "node:child_process";
import {
	closeSync,
	ftruncateSync,
	mkdirSync,
	openSync,
	renameSync,
	rmSync,
	statSync,
	writeSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { needs } from "../harness/needs.ts";
import { BackupHost, hoursAgo, timestamp } from "./backup-host.ts";

needs("root", "rsync");

const dumps = 45;

/** A host that has a restore point already. */
function host(): BackupHost {
	const lab = new BackupHost();
	lab.write("disk/points/2026-01-01T050000/host/file", "data");
	return lab;
}

/** A tree of a few large files on a disk of its own, after its monthly run. */
async function synchronised(): Promise<BackupHost> {
	const lab = host();
	lab.write("nfs/.mounted", "");
	for (let dump = 0; dump < dumps; dump++) lab.write(`nfs/dumps/${dump}.sql`, `dump ${dump}`);
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	return lab;
}

const anotherMonth = (lab: BackupHost) => lab.write("state/tree.nfs", `2020-01 ${dumps}\n`);
const there = (lab: BackupHost) => lab.list("offsite/nfs/dumps").length;

/** The disk is gone, and the directory that it was mounted on is what it was. */
function unmount(lab: BackupHost): void {
	renameSync(lab.path("nfs"), lab.path("disk-of-nfs"));
	mkdirSync(lab.path("nfs/dumps"), { recursive: true });
}

test("a small tree whose disk is not mounted does not empty its copy", async () => {
	const lab = await synchronised();
	unmount(lab);
	anotherMonth(lab);
	const { code, stderr } = await lab.run("offsite.sh");
	expect(code).toBe(1);
	expect(stderr).toContain(`was on the disk that is mounted at ${lab.path("nfs")}, and is now on that of /`);
	expect(there(lab)).toBe(dumps);
	expect(lab.metrics("offsite-backup-sync").offsite_sync_refused_total).toBe(1);
});

test("nor does a daily run take its changes for done", async () => {
	const lab = await synchronised();
	lab.write("nfs/dumps/new.sql", "new");
	lab.changed("nfs/dumps/new.sql");
	unmount(lab);
	expect((await lab.run("offsite.sh")).code).toBe(1);
	rmSync(lab.path("nfs"), { recursive: true });
	renameSync(lab.path("disk-of-nfs"), lab.path("nfs"));
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.read("offsite/nfs/dumps/new.sql")).toBe("new");
});

test.for([
	["everything", dumps],
	["a few files", 5],
] as const)(
	"%s that is removed from a small tree stays there, until an operator agrees",
	async ([, removed]) => {
		const lab = await synchronised();
		for (let dump = 0; dump < removed; dump++) rmSync(lab.path(`nfs/dumps/${dump}.sql`));
		anotherMonth(lab);
		expect((await lab.run("offsite.sh")).code).toBe(1);
		expect(there(lab)).toBe(dumps);
		expect((await lab.run("offsite.sh", ["--allow-loss"])).code).toBe(0);
		expect(there(lab)).toBe(dumps - removed);
	},
);

test("the only file of a tree is not removed either", async () => {
	const lab = host();
	lab.write("nfs/only.img", "image");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	rmSync(lab.path("nfs/only.img"));
	lab.write("state/tree.nfs", "2020-01 1\n");
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(lab.read("offsite/nfs/only.img")).toBe("image");
});

test("what is overwritten or removed can still be had for as long as the site says", async () => {
	const lab = await synchronised();
	lab.write("nfs/dumps/1.sql", "encrypted by somebody");
	lab.changed("nfs/dumps/1.sql");
	expect((await lab.run("offsite.sh")).code).toBe(0);
	const [daily = ""] = lab.list("offsite/replaced/nfs");
	expect(lab.read(`offsite/replaced/nfs/${daily}/dumps/1.sql`)).toBe("dump 1");

	rmSync(lab.path("nfs/dumps/2.sql"));
	const [old, recent] = [hoursAgo(24 * 91), hoursAgo(24 * 89)].map(timestamp);
	for (const time of [old, recent, "notes"]) lab.write(`offsite/replaced/nfs/${time}/dumps/3.sql`, "former");
	anotherMonth(lab);
	expect((await lab.run("offsite.sh")).code).toBe(0);
	const kept = lab.list("offsite/replaced/nfs");
	expect(kept).toEqual(expect.arrayContaining([old, recent, daily, "notes"]));
	expect(lab.read(`offsite/replaced/nfs/${kept.at(-2)}/dumps/2.sql`)).toBe("dump 2");

	// Old ones go once there are as many later ones as days: a clock that runs ahead makes none of them old.
	for (let hours = 1; hours <= 90; hours++)
		mkdirSync(lab.path(`offsite/replaced/nfs/${timestamp(hoursAgo(hours))}`));
	anotherMonth(lab);
	expect((await lab.run("offsite.sh")).code).toBe(0);
	expect(lab.list("offsite/replaced/nfs")).not.toContain(old);
	expect(lab.list("offsite/replaced/nfs")).toEqual(expect.arrayContaining([recent, daily, "notes"]));
});

test("a sparse file stays sparse, there and in a restore point, and attributes arrive", async () => {
	const lab = new BackupHost();
	lab.volume("a", "shop/web");
	const size = 64 * 1024 ** 2;
	for (const name of ["nfs/disk.img", "lvm/vm-9999-pvc-a/disk.img"]) {
		const file = openSync(lab.path(name), "w");
		ftruncateSync(file, size);
		writeSync(file, "data", size - 4096);
		closeSync(file);
		setAttribute(lab.path(name));
	}
	execFileSync("cp", [
		"-a",
		lab.path("lvm/vm-9999-pvc-a"),
		lab.path(`lvm/vm-9999-pvc-a_snap_${timestamp(hoursAgo(1))}`),
	]);
	expect((await lab.run("copy.sh")).code).toBe(0);
	expect((await lab.run("offsite.sh")).code).toBe(0);
	const [point = ""] = lab.list("disk/points");
	const copy = `points/${point}/volumes/shop/web/disk.img`;
	for (const name of [`disk/${copy}`, `offsite/pve-backup/${copy}`, "offsite/nfs/disk.img"]) {
		const { size: apparent, blocks } = statSync(lab.path(name));
		expect({ name, apparent, small: blocks * 512 < 1024 ** 2 }).toEqual({
			name,
			apparent: size,
			small: true,
		});
	}
	const [copied, back] = [lab.path(`disk/${copy}`), lab.path("back")];
	const fakeSuper = ["--rsh", lab.path("bin/ssh"), "--rsync-path=rsync --fake-super"];
	execFileSync(
		"rsync",
		["-aHAXS", "--numeric-ids", ...fakeSuper, `backup@192.0.2.21:${lab.path("offsite/nfs")}/`, `${back}/`],
		{ env: { ...process.env, LAB: lab.folder } },
	);
	expect([copied, `${back}/disk.img`].map(attributeOf)).toEqual(["kept\n", "kept\n"]);
});

function setAttribute(path: string): void {
	execFileSync("python3", ["-c", "import os, sys; os.setxattr(sys.argv[1], 'user.note', b'kept')", path]);
}

function attributeOf(path: string): string {
	const print = "import os, sys; print(os.getxattr(sys.argv[1], 'user.note').decode())";
	return execFileSync("python3", ["-c", print, path], { encoding: "utf8" });
}

test("a directory that is bound to itself, as systemd does it, is no mounted disk", () => {
	const common = join(projectRoot, "constructs/storage/backup/scripts/common.sh");
	const script = `
		cd "$(mktemp -d)"
		mkdir bound mounted mounted/inside
		mount --bind bound bound
		mount -t tmpfs tmpfs mounted
		mkdir mounted/inside
		mountpoint --quiet bound
		INFRA_BACKUP_SETTINGS=/dev/null . "${common}"
		for directory in bound mounted mounted/inside; do
			if [ "$(mount_of "$directory")" = "$PWD/mounted" ]; then echo mounted; else echo not; fi
		done
		DISK=$PWD/missing
		(require_disk) 2>/dev/null || echo missing`;
	const said = execFileSync("unshare", ["--mount", "bash", "-ec", script], { encoding: "utf8" });
	expect(said.split("\n").slice(0, -1)).toEqual(["not", "mounted", "mounted", "missing"]);
});
