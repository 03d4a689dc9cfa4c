import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { BackupHost, hoursAgo } from "./backup-host.ts";
import { claim, damage, volume } from "./scaled-workload.ts";

needs("root", "rsync", "sqlite3", "mount");

/** A host with a restore point, whose folder of lists is a disk of its own that can be filled. */
async function host() {
	const lab = new BackupHost();
	const state = lab.path("state");
	execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "infra-test", state]);
	onTestFinished(() => {
		execFileSync("/bin/umount", [state]);
	});
	await damage(lab, hoursAgo(1));
	const fill = () => {
		try {
			writeFileSync(`${state}/ballast`, Buffer.alloc(2 * 1024 ** 2));
		} catch {
			// As much of it as there was room for.
		}
	};
	return { lab, fill, empty: () => rmSync(`${state}/ballast`) };
}

const points = (lab: BackupHost) => lab.list("disk/points").filter((name) => !name.startsWith("."));

test("with no room for lists, each program fails and says so, and the next run is as if nothing had been", async () => {
	const { lab, fill, empty } = await host();
	const [point = ""] = points(lab);
	const lvm = lab.list("lvm");
	for (const [script, job, status] of [
		["copy.sh", "daily-backup", "daily_backup_last_status"],
		["snapshot.sh", "lvm-pvc-snapshot", "lvm_snapshot_last_status"],
		["prove.sh", "restore-proof", "restore_proof_last_status"],
	] as const) {
		rmSync(lab.path(`pushed/${job}`), { force: true });
		fill();
		const { code, stderr } = await lab.run(script);
		expect([code === 0, stderr]).toEqual([false, expect.stringContaining("No space left on device")]);
		expect(lab.metrics(job)).toMatchObject({ [status]: expect.any(Number) });
		expect(lab.metrics(job)[status]).not.toBe(0);
		expect(lab.metrics(job)).not.toHaveProperty("backup_last_success_timestamp");
	}
	// A later point may have the host; whichever has the volume has all of it.
	expect(points(lab)[0]).toBe(point);
	for (const at of points(lab))
		if (existsSync(lab.path(`disk/points/${at}/volumes`)))
			expect(lab.read(`disk/points/${at}/volumes/${claim}/file`)).toBe("good");
	expect(lab.list("lvm")).toEqual(lvm);

	// What cannot be written down is not stopped.
	fill();
	const restored = await lab.run("restore.sh", [claim, point], "yes\n");
	expect([restored.code === 0, restored.stderr]).toEqual([
		false,
		expect.stringContaining("No space left on device"),
	]);
	expect(lab.calls("kubectl").filter((call) => call.includes("--replicas=0"))).toEqual([]);
	expect([lab.read(`lvm/${volume}/file`), lab.list("lvm")]).toEqual(["damaged", lvm]);

	empty();
	for (const script of ["snapshot.sh", "copy.sh"])
		expect(await lab.run(script), script).toMatchObject({ code: 0 });
	expect(await lab.run("restore.sh", [claim, points(lab).at(-1) ?? ""], "yes\n")).toMatchObject({ code: 0 });
	expect(lab.read("replicas")).toBe("3\n");
});

test("a list that is cut off by a full disk is never used", async () => {
	const { lab, fill, empty } = await host();
	const before = lab.read("state/claims");
	const more = Array.from(
		{ length: 3000 },
		(_, index) => `pve/pve/local-lvm/x-${index}\tnamespace\tclaim-${index}\tBound\n`,
	);
	lab.write("claims", before + more.join(""));
	fill();
	expect((await lab.run("copy.sh")).code).not.toBe(0);
	expect(lab.read("state/claims")).toBe(before);
	empty();
	lab.write("claims", before);
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
});

test("a second disk that is full when a point gets its parts gives none of them a name, and heals", async () => {
	const { lab } = await host();
	const disk = lab.path("disk");
	execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m,nr_inodes=40", "infra-test", disk]);
	onTestFinished(() => {
		execFileSync("/bin/umount", [disk]);
	});
	lab.write("disk/.mounted", "");
	mkdirSync(lab.path("disk/points"));
	// No room for one more name, of whatever kind.
	for (let file = 0; file < 37; file++)
		try {
			lab.write(`disk/ballast/${file}`, "");
		} catch {
			break;
		}
	const { code, stderr } = await lab.run("copy.sh");
	expect([code === 0, stderr]).toEqual([false, expect.stringContaining("No space left on device")]);
	expect(points(lab)).toEqual([]);
	expect(lab.metrics("daily-backup").daily_backup_last_status).not.toBe(0);
	rmSync(lab.path("disk/ballast"), { recursive: true });
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	expect(lab.read(`disk/points/${points(lab)[0]}/volumes/${claim}/file`)).toBe("good");
});
