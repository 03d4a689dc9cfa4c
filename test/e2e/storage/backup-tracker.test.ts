import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { BackupHost, ended } from "./backup-host.ts";

needs("inotifywait", "rsync");

/** Starts the tracker and waits until it watches. */
async function track(lab: BackupHost): Promise<{ stop: () => Promise<void> }> {
	const before = lab.metrics("nfs-change-tracker").nfs_change_tracker_last_seen_timestamp ?? 0;
	const child = lab.start("track-changes.sh");
	const end = ended(child);
	const stop = async () => {
		try {
			process.kill(-(child.pid ?? 0), "SIGKILL");
		} catch {
			// It has been stopped already.
		}
		await end;
	};
	onTestFinished(stop);
	await waitFor(
		"the first heartbeat",
		() => (lab.metrics("nfs-change-tracker").nfs_change_tracker_last_seen_timestamp ?? 0) > before,
		{ within: 10_000 },
	);
	return { stop };
}

/** Paths written down so far, relative to the host. */
function written(lab: BackupHost): string[] {
	if (!existsSync(lab.path("state/changes"))) return [];
	return readFileSync(lab.path("state/changes"), "utf8")
		.split("\0")
		.filter((path) => path !== "")
		.map((path) => path.slice(lab.folder.length + 1));
}

const isWritten = (lab: BackupHost, path: string) =>
	waitFor(path, () => written(lab).includes(path), { within: 10_000 });

test("writes, renames and changes of mode are written down", async () => {
	const lab = new BackupHost();
	lab.write("nfs/there", "1");
	await track(lab);
	lab.write("nfs/made", "1");
	await isWritten(lab, "nfs/made");
	renameSync(lab.path("nfs/made"), lab.path("fast/renamed"));
	await isWritten(lab, "fast/renamed");
	execFileSync("chmod", ["600", lab.path("nfs/there")]);
	await isWritten(lab, "nfs/there");
});

test("files of a database in use, of editors and of NFS are not", async () => {
	const lab = new BackupHost();
	await track(lab);
	for (const name of ["app.db-wal", "app.db-shm", "app.db-journal", ".notes.swp", "notes~", ".nfs0123abc"])
		lab.write(`nfs/${name}`, "1");
	lab.write("nfs/last", "1");
	await isWritten(lab, "nfs/last");
	expect(new Set(written(lab))).toEqual(new Set(["nfs/last"]));
});

test("files that are there before their directory is watched arrive offsite all the same", async () => {
	const lab = new BackupHost();
	for (const tree of ["nfs", "fast"]) lab.write(`${tree}/old`, "1");
	await lab.run("offsite.sh");
	await track(lab);
	// In one go, as a backup job makes its dated directory.
	const dated = lab.path("nfs/2026-01-02");
	execFileSync("sh", [
		"-c",
		`mkdir -p ${dated}/deep/er && echo dump >${dated}/deep/er/dump && echo x >${dated}/x`,
	]);
	// A whole directory that was filled elsewhere: not one event for what is in it.
	lab.write("outside/album/photo", "photo");
	renameSync(lab.path("outside/album"), lab.path("fast/album"));
	lab.write("fast/two\nlines", "text");
	await isWritten(lab, "fast/two\nlines");
	await lab.run("offsite.sh");
	expect(lab.read("offsite/nfs/2026-01-02/deep/er/dump")).toBe("dump\n");
	expect(lab.read("offsite/nfs/2026-01-02/x")).toBe("x\n");
	expect(lab.read("offsite/fast/album/photo")).toBe("photo");
	expect(lab.read("offsite/fast/two\nlines")).toBe("text");
});

test("a log that is renamed away begins anew", async () => {
	const lab = new BackupHost();
	await track(lab);
	lab.write("nfs/one", "1");
	await isWritten(lab, "nfs/one");
	renameSync(lab.path("state/changes"), lab.path("state/changes.1"));
	lab.write("nfs/two", "1");
	await isWritten(lab, "nfs/two");
	expect(written(lab)).not.toContain("nfs/one");
});

test("what changed while it was down is caught up, names with older times included", async () => {
	const lab = new BackupHost();
	lab.write("nfs/untouched", "1");
	const tracker = await track(lab);
	await tracker.stop();
	await sleep(1100);
	writeFileSync(lab.path("nfs/meanwhile"), "1");
	execFileSync("touch", ["-d", "2001-01-01", lab.path("nfs/meanwhile")]);
	await sleep(1100);
	await track(lab);
	await isWritten(lab, "nfs/meanwhile");
	expect(written(lab)).not.toContain("nfs/untouched");
});

test("a tree that does not exist ends it without a heartbeat", async () => {
	const lab = new BackupHost({}, ["/nonexistent/tree"]);
	expect((await lab.run("track-changes.sh")).code).toBe(1);
	expect(lab.metrics("nfs-change-tracker")).toEqual({});
});

test("it ends with inotifywait, for systemd to start both again", async () => {
	const lab = new BackupHost();
	lab.program("inotifywait", "#!/bin/sh\necho 'Watches established.' >&2; sleep 1; exit 1\n");
	expect(await lab.run("track-changes.sh")).toEqual({
		code: 1,
		stderr: "Watches established.\ninotifywait has ended\n",
	});
});
