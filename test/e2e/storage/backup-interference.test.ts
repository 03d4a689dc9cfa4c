import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { BackupHost, ended, hoursAgo, timestamp } from "./backup-host.ts";

needs("root", "rsync", "sqlite3");

const volume = "lvm/vm-9999-pvc-a";
const claim = "shop/web";
const soon = { within: 60_000, every: 20 };

/** Nobody uses the claims; the objects of the volumes are those of LAB/claims. */
const idle = 'case $* in *persistentvolumes*) cat "$LAB/claims" ;; esac\n';

/** One volume with a database, and a snapshot of it. */
function host(): BackupHost {
	const lab = new BackupHost();
	lab.write("kubectl", idle);
	lab.volume("a", claim);
	lab.write(`${volume}/file`, "good");
	const database = new DatabaseSync(lab.path(`${volume}/app.db`));
	database.exec("CREATE TABLE cart (id); INSERT INTO cart VALUES (1)");
	database.close();
	lab.snapshot("a", hoursAgo(1));
	return lab;
}

async function withPoint(): Promise<{ lab: BackupHost; point: string }> {
	const lab = host();
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	return { lab, point: older(lab, 2) };
}

/** Lets the newest point be some hours old: the next one has a name of its own. */
function older(lab: BackupHost, hours: number): string {
	const name = timestamp(hoursAgo(hours));
	renameSync(lab.path(`disk/points/${points(lab).at(-1)}`), lab.path(`disk/points/${name}`));
	return name;
}

/** A program that stops at a call that has a text in it until LAB/release is there, for two minutes at most. */
function stopAt(lab: BackupHost, program: string, text: string): void {
	lab.program(
		program,
		`#!/bin/sh
case "$*" in *${text}*) touch "$LAB/reached"; waited=0; until [ -e "$LAB/release" ] || [ $((waited += 1)) -gt 2400 ]; do /bin/sleep 0.05; done ;; esac
exec /usr/bin/${program} "$@"
`,
	);
}

const points = (lab: BackupHost) => lab.list("disk/points").filter((name) => !name.startsWith("."));

describe("beside each other", () => {
	test("a restore and the copy of the night leave each other's volume and lists alone", async () => {
		const { lab, point } = await withPoint();
		lab.volume("b", "shop/other");
		lab.write("lvm/vm-9999-pvc-b/file", "of the other");
		lab.snapshot("b", hoursAgo(1));
		stopAt(lab, "rsync", "volumes/shop/.other.partial");
		const copy = lab.start("copy.sh");
		const copied = ended(copy);
		await waitFor("the copy of the second volume", () => existsSync(lab.path("reached")), soon);
		lab.write(`${volume}/file`, "damaged");
		expect(await lab.run("restore.sh", [claim, point], "yes\n")).toMatchObject({ code: 0 });
		lab.write("release", "");
		expect(await copied).toMatchObject({ code: 0 });
		expect(lab.read(`${volume}/file`)).toBe("good");
		expect(lab.read(`disk/points/${points(lab).at(-1)}/volumes/shop/other/file`)).toBe("of the other");
	});

	test("what a restore is reading is not given up meanwhile", async () => {
		const { lab, point } = await withPoint();
		const old = "2025-01-01T050000";
		renameSync(lab.path(`disk/points/${point}`), lab.path(`disk/points/${old}`));
		for (let day = 2; day < 29; day++)
			lab.write(`disk/points/2025-01-${String(day).padStart(2, "0")}T050000/volumes/${claim}/file`, "later");
		stopAt(lab, "rsync", `${old}/volumes`);
		const restore = ended(lab.start("restore.sh", [claim, old], "yes\n"));
		await waitFor("the restore", () => existsSync(lab.path("reached")), soon);
		const { code, stderr } = await lab.run("copy.sh");
		expect({ code, stderr }).toMatchObject({
			code: 0,
			stderr: expect.stringContaining("a restore is running"),
		});
		lab.write("release", "");
		expect(await restore).toMatchObject({ code: 0 });
		expect(lab.read(`${volume}/file`)).toBe("good");
		older(lab, 1);
		expect((await lab.run("copy.sh")).code).toBe(0);
		expect(lab.list(`disk/points/${old}`)).not.toContain("volumes");
	});
});

describe("a source that goes away", () => {
	test.for([
		[
			"before its files are read",
			'rm "$LAB/state/volume"; mkdir "$LAB/state/volume"; exec /usr/bin/rsync "$@"',
		],
		["after its files were read", '/usr/bin/rsync "$@"; rm "$LAB/state/volume"; mkdir "$LAB/state/volume"'],
	] as const)("%s is no copy", async ([, script]) => {
		const lab = host();
		lab.program("rsync", `#!/bin/sh\ncase "$*" in *state/volume*) ${script} ;; esac\n`);
		const { code, stderr } = await lab.run("copy.sh");
		expect({ code, stderr }).toMatchObject({
			code: 1,
			stderr: expect.stringContaining("was unmounted meanwhile"),
		});
		expect(points(lab).filter((at) => existsSync(lab.path(`disk/points/${at}/volumes`)))).toEqual([]);
	});

	test("a restore whose volume is unmounted midway changes nothing", async () => {
		const { lab, point } = await withPoint();
		lab.write(`${volume}/file`, "damaged");
		lab.program(
			"rsync",
			'#!/bin/sh\ncase "$*" in *restore/volume*) rm "$LAB/state/restore/volume"; mkdir "$LAB/state/restore/volume" ;; esac\nexec /usr/bin/rsync "$@"\n',
		);
		const { code, stderr } = await lab.run("restore.sh", [claim, point], "yes\n");
		expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("as it was") });
		expect(lab.read(`${volume}/file`)).toBe("damaged");
	});

	test("configuration of the host that was there last time and is not now fails the run", async () => {
		const { lab } = await withPoint();
		lab.write("etc/pve/storage.cfg", "dir: local\n");
		expect((await lab.run("copy.sh")).code).toBe(0);
		const last = older(lab, 1);
		// The folder of a file system that is not mounted.
		rmSync(lab.path("etc/pve"), { recursive: true });
		mkdirSync(lab.path("etc/pve"));
		const { code, stderr } = await lab.run("copy.sh");
		expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("etc holds no file") });
		expect(points(lab).findLast((at) => existsSync(lab.path(`disk/points/${at}/host`)))).toBe(last);
	});
});

describe("links that a workload has made", () => {
	test("lead no restore of a database out of its volume", async () => {
		for (const link of ["app.db", "deep"]) {
			const { lab, point } = await withPoint();
			mkdirSync(lab.path("outside"));
			lab.write("outside/app.db", "of the host");
			mkdirSync(lab.path(`disk/points/${point}/sqlite/${claim}/deep`));
			renameSync(
				lab.path(`disk/points/${point}/sqlite/${claim}/app.db`),
				lab.path(`disk/points/${point}/sqlite/${claim}/${link === "deep" ? "deep/" : ""}app.db`),
			);
			rmSync(lab.path(`${volume}/app.db`));
			symlinkSync(lab.path(link === "deep" ? "outside" : "outside/app.db"), lab.path(`${volume}/${link}`));
			const name = link === "deep" ? "deep/app.db" : link;
			const { code, stderr } = await lab.run("restore.sh", [claim, point, name], "yes\n");
			expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("leads elsewhere") });
			expect(lab.read("outside/app.db")).toBe("of the host");
		}
	});

	test("lead no file of holes out of it", async () => {
		const lab = host();
		const [snapshot = ""] = lab.list("lvm").filter((name) => /_snap_/.test(name));
		lab.write(`lvm/${snapshot}/deep/large`, "start");
		truncateSync(lab.path(`lvm/${snapshot}/deep/large`), 70e6);
		expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
		mkdirSync(lab.path("outside"));
		symlinkSync(lab.path("outside"), lab.path(`${volume}/deep`));
		expect(await lab.run("restore.sh", [claim, points(lab)[0] ?? ""], "yes\n")).toMatchObject({ code: 0 });
		expect(lab.list("outside")).toEqual([]);
		expect(lab.list(`${volume}/deep`)).toEqual(["large"]);
	});
});

describe("a restore that was killed while two volumes changed names", () => {
	test("fails every copy, and is undone by the next restore", async () => {
		const { lab, point } = await withPoint();
		lab.write(`${volume}/file`, "damaged");
		renameSync(lab.path(volume), lab.path(`${volume}_pre_restore_20260101050000`));
		mkdirSync(lab.path(`${volume}_restoring`));
		const copy = await lab.run("copy.sh");
		expect(copy).toMatchObject({
			code: 1,
			stderr: expect.stringContaining(`${claim} has no volume any more`),
		});
		expect(await lab.run("restore.sh", [claim, point], "yes\n")).toMatchObject({ code: 0 });
		expect(lab.read(`${volume}/file`)).toBe("good");
		expect(lab.list("lvm").filter((name) => name.endsWith("_restoring"))).toEqual([]);
	});
});
