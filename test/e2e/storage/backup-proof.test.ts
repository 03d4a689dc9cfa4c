import { cpSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { BackupHost, hoursAgo, timestamp } from "./backup-host.ts";

needs("root", "rsync", "sqlite3");

const claim = "mailserver/data";
const trials = (lab: BackupHost) => lab.list("lvm").filter((name) => name.endsWith("_proving"));

/** A host with two volumes, one of them with a database that has a write-ahead log, and a restore point of both. */
async function host(backup?: ConstructorParameters<typeof BackupHost>[0]) {
	const lab = new BackupHost(backup);
	lab.volume("a", claim);
	lab.volume("b", "shop/web");
	lab.write("lvm/vm-9999-pvc-a/box/1", "good");
	lab.write("lvm/vm-9999-pvc-b/index", "page");
	const database = new DatabaseSync(lab.path("lvm/vm-9999-pvc-a/app.db"));
	database.exec("PRAGMA journal_mode=WAL; CREATE TABLE mail (id); INSERT INTO mail VALUES (1)");
	lab.snapshot("a", hoursAgo(1));
	lab.snapshot("b", hoursAgo(1));
	database.close();
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	// What happens after the copy is of no interest.
	lab.write("lvm/vm-9999-pvc-a/later", "new");
	return { lab, point: `disk/points/${lab.list("disk/points")[0]}` };
}

/** Changes a file as a disk does that loses bits: its time stays. */
function rot(lab: BackupHost, file: string, text: string): void {
	writeFileSync(lab.path(file), text);
	utimesSync(lab.path(file), 1, 1);
}

const everyNight = { proveWithin: 1 };
const verified = (lab: BackupHost) =>
	lab
		.read("pushed/restore-proof")
		.split("\n")
		.filter((line) => line.startsWith("backup_restore_verified_timestamp"))
		.map((line) => line.replace(/ \d+$/, ""))
		.sort();

test("volumes and databases come back as they were when they were copied, and nothing is left of the trial", async () => {
	const { lab } = await host(everyNight);
	expect(await lab.run("prove.sh")).toMatchObject({
		code: 0,
		stderr: expect.stringContaining("2 volumes proven, 0 failures"),
	});
	expect(verified(lab)).toEqual([
		'backup_restore_verified_timestamp{kind="claim",claim="mailserver/data"}',
		'backup_restore_verified_timestamp{kind="claim",claim="shop/web"}',
		'backup_restore_verified_timestamp{kind="database",claim="mailserver/data"}',
	]);
	expect(lab.read("pushed/restore-proof")).toContain("restore_proof_overdue 0\n");
	expect(trials(lab)).toEqual([]);
	expect(lab.read("lvm/vm-9999-pvc-a/later")).toBe("new");
});

test.for<[what: string, damage: (lab: BackupHost, point: string) => void, named: string]>([
	["a file that lost a bit", (lab, point) => rot(lab, `${point}/volumes/${claim}/box/1`, "gooe"), "./box/1"],
	["a file that is gone", (lab, point) => rmSync(lab.path(`${point}/volumes/${claim}/box/1`)), "./box/1"],
	["a file too many", (lab, point) => lab.write(`${point}/volumes/${claim}/box/2`, "x"), "./box/2"],
	[
		"another mode",
		(lab, point) =>
			lab.program(
				"rsync",
				`#!/bin/sh\n/usr/bin/rsync "$@" && chmod 600 "$LAB"/lvm/*_proving/box/* || true\n# ${point}`,
			),
		"./box/1",
	],
	[
		"a damaged database",
		(lab, point) => rot(lab, `${point}/sqlite/${claim}/app.db`, "SQLite format 3"),
		"app.db",
	],
	[
		"a snapshot that is gone",
		(lab) =>
			rmSync(lab.path(`lvm/${lab.list("lvm").find((name) => name.startsWith("vm-9999-pvc-a_snap"))}`), {
				recursive: true,
			}),
		"is gone",
	],
	[
		"a restore that breaks off",
		(lab) =>
			lab.program("rsync", '#!/bin/sh\ncase $* in *mailserver*) exit 11 ;; esac\nexec /usr/bin/rsync "$@"\n'),
		"1 failures",
	],
])("%s is found, and keeps no other volume from being proven", async ([, damage, named]) => {
	const { lab, point } = await host(everyNight);
	damage(lab, point);
	const { code, stderr } = await lab.run("prove.sh");
	expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(named) });
	expect(stderr).toContain("1 volumes proven, 1 failures");
	expect(verified(lab)).toEqual(['backup_restore_verified_timestamp{kind="claim",claim="shop/web"}']);
	expect(lab.read("pushed/restore-proof")).toContain("restore_proof_last_status 1\n");
	expect(trials(lab)).toEqual([]);
});

test.for<[what: string, change: (lab: BackupHost, point: string) => void, said: string]>([
	[
		"a point of last week",
		(lab, point) => renameSync(lab.path(point), lab.path(`disk/points/${timestamp(hoursAgo(100))}`)),
		"hours old: nothing was proven",
	],
	["no point", (lab) => rmSync(lab.path("disk/points"), { recursive: true }), "there is no restore point"],
	["a disk that is not mounted", (lab) => rmSync(lab.path("disk/.mounted")), "is not mounted"],
	[
		"a volume that is not mounted, though mount says so",
		(lab) => lab.program("mount", "#!/bin/sh\nexit 0\n"),
		"0 volumes proven, 2 failures",
	],
	[
		"a point that was given its name half-written",
		(lab, point) => rmSync(lab.path(`${point}/volumes`), { recursive: true }),
		"0 volumes proven",
	],
])("%s proves nothing", async ([, change, said]) => {
	const { lab, point } = await host(everyNight);
	change(lab, point);
	const { code, stderr } = await lab.run("prove.sh");
	expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(said) });
	expect(verified(lab)).toEqual([]);
	expect(lab.metrics("restore-proof")).not.toHaveProperty("backup_last_success_timestamp");
});

test("a claim that fails every night is overdue, though the newest point does not have it", async () => {
	const { lab, point } = await host(everyNight);
	renameSync(lab.path(point), lab.path("disk/points/2026-01-01T050000"));
	cpSync(lab.path("disk/points/2026-01-01T050000"), lab.path(point), { recursive: true });
	rmSync(lab.path(`${point}/volumes/mailserver`), { recursive: true });
	const { stderr } = await lab.run("prove.sh");
	expect(stderr).toContain("mailserver/data has not been proven for more than 1 days");
	expect(lab.read("pushed/restore-proof")).toContain("restore_proof_overdue 1\n");
});

test("claims take turns, those first that have waited longest, and one that waits too long is overdue", async () => {
	const { lab, point } = await host({ proveWithin: 4 });
	const now = Math.floor(Date.now() / 1000);
	lab.write(
		"state/proofs",
		`${now - 86_400}\tmailserver/data\n${now - 5 * 86_400}\tshop/web\n${now}\tgone/away\n`,
	);
	const first = await lab.run("prove.sh");
	expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("1 volumes proven, 0 failures") });
	expect(lab.read("state/proofs")).toMatch(new RegExp(`^${now - 86_400}\tmailserver/data$`, "m"));
	expect(lab.read("pushed/restore-proof")).toContain("restore_proof_overdue 0\n");
	// A claim that was never proven counts from the first point that has it.
	mkdirSync(lab.path("disk/points/2026-01-01T050000/volumes/shop/web"), { recursive: true });
	lab.write("state/proofs", "");
	rot(lab, `${point}/volumes/shop/web/index`, "pagf");
	await lab.run("prove.sh");
	const second = await lab.run("prove.sh");
	expect(second).toMatchObject({
		code: 1,
		stderr: expect.stringContaining("shop/web has not been proven for more than 4 days"),
	});
	expect(lab.read("pushed/restore-proof")).toContain("restore_proof_overdue 1\n");
});

test("what a killed trial left is neither saved nor in the way", async () => {
	const { lab } = await host(everyNight);
	mkdirSync(lab.path("lvm/vm-9999-pvc-a_proving/half"), { recursive: true });
	await lab.run("snapshot.sh");
	expect(lab.list("lvm").filter((name) => name.includes("_proving_snap_"))).toEqual([]);
	expect(await lab.run("prove.sh")).toMatchObject({ code: 0 });
	expect(trials(lab)).toEqual([]);
});
