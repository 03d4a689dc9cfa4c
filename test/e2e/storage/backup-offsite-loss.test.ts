import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { needs, slow } from "../harness/needs.ts";
import { timestamp } from "./backup-host.ts";
import { OffsiteLab } from "./offsite-lab.ts";
import { treeOf } from "./tree.ts";

needs("root", "rsync", "sqlite3", "restic", "rclone");

/** A tree on a disk of its own, after it was brought once; and a restore point. */
async function brought(files: number): Promise<OffsiteLab> {
	const lab = new OffsiteLab();
	await lab.withRepository();
	lab.write("disk/points/2026-01-01T050000/host/file", "data");
	lab.write("nfs/.mounted", "");
	for (let file = 0; file < files; file++) lab.write(`nfs/photos/${file}`, `photo ${file}`);
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	return lab;
}

const refused = (lab: OffsiteLab) => lab.metrics("offsite-backup-sync").offsite_sync_refused_total;
const good = (lab: OffsiteLab) => lab.parts().filter((part) => part === "trees/nfs").length;

/** The disk is gone, and the directory that it was mounted on is what it was. */
function unmount(lab: OffsiteLab): void {
	renameSync(lab.path("nfs"), lab.path("disk-of-nfs"));
	mkdirSync(lab.path("nfs/photos"), { recursive: true });
}

test("a tree whose disk is not mounted is not brought, and keeps no other from being brought", async () => {
	const lab = await brought(45);
	unmount(lab);
	lab.write("fast/new", "new");
	const { code, stderr } = await lab.run("offsite.sh");
	expect(code).toBe(1);
	expect(stderr).toContain(`was on the disk that is mounted at ${lab.path("nfs")}, and is now on that of /`);
	expect(refused(lab)).toBe(1);
	expect(good(lab)).toBe(1);
	expect(lab.parts().filter((part) => part === "trees/fast")).toHaveLength(2);
	// Nor on a host that was set up anew, and remembers no mount.
	rmSync(lab.path("state/mount.nfs"));
	expect(await lab.run("offsite.sh")).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("is empty, and there are 46 files there"),
	});
	rmSync(lab.path("nfs"), { recursive: true });
	renameSync(lab.path("disk-of-nfs"), lab.path("nfs"));
	expect((await lab.run("offsite.sh")).code).toBe(0);
});

test.for<[what: string, of: number, said: string, damage: (lab: OffsiteLab, file: number) => void]>([
	[
		"a third is encrypted",
		200,
		"67 of 201 files are gone or changed",
		(lab, file) => lab.write(`nfs/photos/${file}`, "encrypted"),
	],
	[
		"all few files are gone but one",
		4,
		"3 of 5 files are gone",
		(lab, file) => rmSync(lab.path(`nfs/photos/${file}`)),
	],
])(
	"when %s, the run fails until an operator agrees, and no good copy is given up",
	async ([, files, said, damage]) => {
		const lab = await brought(files);
		const before = treeOf(lab.path("nfs/photos"));
		const [first] = lab.snapshots().filter(({ tags }) => tags[1] === "trees/nfs");
		for (let file = 0; file < Math.ceil(files / 3) + (files < 10 ? 1 : 0); file++) damage(lab, file);
		// However often: what was lost is not forgotten by the next run.
		for (const _ of [1, 2]) {
			const { code, stderr } = await lab.run("offsite.sh");
			expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`nfs: ${said}`) });
			expect(refused(lab)).toBe(1);
		}
		expect(good(lab)).toBe(1);
		expect((await lab.fetch("trees/nfs", first?.tags[0] ?? "", "back")).code).toBe(0);
		expect(treeOf(lab.path("back/photos"))).toEqual(before);
		// Two runs in one second: each tree has a time of its own, by which it is fetched.
		lab.stopClock(new Date());
		expect((await lab.run("offsite.sh", ["--allow-loss"])).code).toBe(0);
		expect(good(lab)).toBe(2);
		expect((await lab.run("offsite.sh")).code).toBe(0);
		const times = lab.snapshots().flatMap(({ tags: [time, part] }) => (part === "trees/nfs" ? [time] : []));
		expect(new Set(times).size).toBe(times.length);
	},
);

const day = 86_400_000;
const kept = (lab: OffsiteLab, part: string) =>
	lab
		.snapshots()
		.filter(({ tags }) => tags[1] === part)
		.map(({ tags }) => tags[0].slice(0, 10))
		.sort();

test("retention counts good copies of each part, by when they arrived, and nobody else's", async () => {
	const lab = new OffsiteLab({
		keep: {
			snapshots: 7,
			copies: { daily: 2, weekly: 0, monthly: 0 },
			offsite: { daily: 2, weekly: 0, monthly: 0 },
		},
	});
	await lab.withRepository();
	lab.write("etc/file", "data");
	const noon = new Date(new Date().setUTCHours(12, 0, 0, 0));
	const daysAgo = (days: number) => new Date(noon.getTime() - days * day);
	for (const days of [5, 4, 3]) lab.add("etc", daysAgo(days), "volumes/shop/web");
	lab.add("etc", daysAgo(9), "volumes/gone/claim");
	// Two that lost too much, later than the good ones, and one that claims to be of long ago.
	for (const days of [2, 1]) {
		const lossy = lab.add("etc", daysAgo(days), "volumes/shop/web");
		lab.add("etc", daysAgo(days), `doubtful/${lossy}`);
	}
	lab.arrived(lab.add("etc", new Date("2020-01-01"), "host"), noon);
	const { code, stderr } = await lab.runThere("retain.sh");
	expect({ code, stderr }).toEqual({
		code: 0,
		stderr: expect.stringContaining("1 snapshots given up, 8 kept"),
	});
	const date = (days: number) => timestamp(daysAgo(days)).slice(0, 10);
	expect(kept(lab, "volumes/shop/web")).toEqual([date(4), date(3), date(2), date(1)]);
	expect(kept(lab, "volumes/gone/claim")).toEqual([date(9)]);
	expect(kept(lab, "host")).toEqual(["2020-01-01"]);
	expect(lab.metrics("offsite-retention")).toMatchObject({
		offsite_retention_last_status: 0,
		backup_last_success_timestamp: expect.any(Number),
	});
	lab.there("check", "--read-data");
});

test("a place that is full gives no success, and goes on when there is room", async ({
	onTestFinished,
	skip,
}) => {
	// It tries again for a minute before it gives up.
	slow(skip);
	const lab = new OffsiteLab({}, []);
	const there = lab.path("offsite");
	const mount = (options: string) =>
		execFileSync("/bin/mount", ["-t", "tmpfs", "-o", options, "infra-test", there]);
	mkdirSync(there);
	mount("size=1m");
	onTestFinished(() => {
		execFileSync("/bin/umount", [there]);
	});
	await lab.withRepository();
	const web = "disk/points/2026-01-01T050000/volumes/shop/web";
	lab.write(`${web}/large`, randomBytes(2 * 1024 ** 2));
	expect((await lab.run("offsite.sh")).code).toBe(1);
	expect(lab.parts()).toEqual([]);
	mount("remount,size=20m");
	expect(await lab.run("offsite.sh")).toMatchObject({ code: 0 });
	expect(lab.parts()).toEqual(["volumes/shop/web"]);
	lab.there("check", "--read-data");
});

test("a directory that is bound to itself, as systemd does it, is no mounted disk", () => {
	const common = join(projectRoot, "constructs/storage/backup/scripts/common.sh");
	const cwd = mkdtempSync(join(tmpdir(), "infra-mounts-"));
	onTestFinished(() => rmSync(cwd, { recursive: true }));
	const script = `
		mkdir bound mounted mounted/inside
		mount --bind bound bound
		mount -t tmpfs tmpfs mounted
		mkdir mounted/inside
		mountpoint --quiet bound
		INFRA_BACKUP_SETTINGS=/dev/null STATE=/nowhere . "${common}"
		for directory in bound mounted mounted/inside; do
			if [ "$(mount_of "$directory")" = "$PWD/mounted" ]; then echo mounted; else echo not; fi
		done
		DISK=$PWD/missing
		(require_disk) 2>/dev/null || echo missing`;
	const said = execFileSync("unshare", ["--mount", "bash", "-ec", script], { cwd, encoding: "utf8" });
	expect(said.split("\n").slice(0, -1)).toEqual(["not", "mounted", "mounted", "missing"]);
});
