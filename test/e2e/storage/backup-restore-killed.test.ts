import { describe, expect, test } from "vitest";
import { needs } from "../harness/needs.ts";
import { claim, damage, volume } from "./scaled-workload.ts";
import { hoursAgo, StorageHost, timestamp } from "./storage-host.ts";

needs("root", "rsync", "sqlite3");

/** A Deployment of three replicas whose volume is damaged, with a restore point and a snapshot of what was good. */
async function host() {
	const lab = new StorageHost();
	const at = hoursAgo(1);
	await damage(lab, at);
	const snapshot = `${volume}_snap_${timestamp(at)}`;
	return { lab, snapshot, [Symbol.dispose]: () => lab[Symbol.dispose]() };
}

type Lab = Awaited<ReturnType<typeof host>>;

const programs = {
	"restore-backup": async ({ lab }: Lab) => {
		const points = (await lab.answer("restore.sh", ["list", claim])).stdout.trim().split("\n");
		return lab.run("restore.sh", [claim, points.at(-1) ?? ""], "yes\n");
	},
	"lvm-pvc-snapshot": ({ lab, snapshot }: Lab) =>
		lab.run("snapshot.sh", ["restore", volume, snapshot], "yes\n"),
} as const;

/** Both names of a volume change: this call is the second one. */
const secondName = `lvrename pve ${volume}_restoring`;

describe.concurrent.each([
	["restore-backup", "before", "annotate", 3],
	["restore-backup", "after", "--replicas=0", 0],
	["restore-backup", "after", "lvchange", 0],
	["restore-backup", "before", "umount", 0],
	["restore-backup", "before", secondName, 0],
	["restore-backup", "after", secondName, 0],
	["restore-backup", "after", "--replicas=3", 3],
	["lvm-pvc-snapshot", "before", "lvcreate", 0],
	["lvm-pvc-snapshot", "after", "lvcreate", 0],
] as const)("%s, killed %s %s", (program, when, call, replicas) => {
	test("says what it has left stopped, and is finished by the next one", async () => {
		using made = await host();
		const { lab } = made;
		lab.write("die", `${call}\n`);
		lab.write("when", when);
		expect(await programs[program](made)).toMatchObject({ code: null });
		expect(lab.read("replicas")).toBe(`${replicas}\n`);

		const again = "kubectl -n mailserver scale Deployment/mail --replicas=3";
		for (const script of ["copy.sh", "restore.sh"]) {
			const { stderr } = await lab.run(script, script === "copy.sh" ? [] : ["list", claim]);
			if (replicas === 0)
				expect(stderr).toMatch(
					new RegExp(`mailserver: Deployment/mail has 0 replicas since 2\\S+, .* or: ${again}`),
				);
			else expect(stderr).not.toContain(again);
		}
		expect(lab.metrics("daily-backup").restore_workloads_stopped).toBe(replicas === 0 ? 1 : 0);

		expect(await programs[program](made)).toMatchObject({ code: 0 });
		expect([lab.read("replicas"), lab.read(`lvm/${volume}/file`)]).toEqual(["3\n", "good"]);
		expect(lab.list("lvm").filter((name) => name.endsWith("_restoring"))).toEqual([]);
		expect(lab.list("state/stopped")).toEqual([]);
		expect(lab.calls("kubectl").findLast((line) => line.includes("annotate"))).toMatch(/before-restore-$/);
		expect((await lab.run("copy.sh")).stderr).not.toContain("replicas since");
	});
});

test("a workload that was started by hand or is gone is no longer said to be stopped, nor started", async () => {
	using made = await host();
	const { lab } = made;
	lab.write("die", "--replicas=0\n");
	lab.write("when", "after");
	expect(await programs["restore-backup"](made)).toMatchObject({ code: null });
	// Another number than it had.
	lab.write("replicas", "2\n");
	expect((await lab.run("copy.sh")).stderr).not.toContain("replicas since");
	expect(await programs["restore-backup"](made)).toMatchObject({ code: 0 });
	expect(lab.read("replicas")).toBe("2\n");

	lab.write("die", "--replicas=0\n");
	expect(await programs["restore-backup"](made)).toMatchObject({ code: null });
	lab.write("kubectl", 'case $* in *persistentvolumes*) cat "$LAB/claims" ;; *scale*) exit 1 ;; esac\n');
	expect((await lab.run("copy.sh")).stderr).not.toContain("replicas since");
	expect(await programs["restore-backup"](made)).toMatchObject({ code: 0 });
	expect(lab.list("state/stopped")).toEqual([]);
});

test("a second restore of either kind says who does the first, since when, and what ends it", async () => {
	using made = await host();
	const { lab } = made;
	lab.write("open", "x".repeat(10));
	// Its patience is counted in sleeps.
	lab.program("sleep", '#!/bin/sh\ntouch "$LAB/waits"; while [ -s "$LAB/open" ]; do /bin/sleep 0.1; done\n');
	const first = programs["restore-backup"](made);
	await expect.poll(() => lab.list(".").includes("waits"), { timeout: 60_000 }).toBe(true);
	for (const program of ["restore-backup", "lvm-pvc-snapshot"] as const) {
		const { code, stderr } = await programs[program](made);
		expect({ code, stderr }).toEqual({
			code: 75,
			stderr: expect.stringMatching(
				/another run holds \S+ since 2\S+: \S+, process \d+: restore.sh mailserver\/data .*\(kill\)/,
			),
		});
	}
	// A copy is none of them, and takes what a restore has stopped for no accident.
	const copied = await lab.run("copy.sh");
	expect([copied.code, copied.stderr.includes("replicas since")]).toEqual([0, false]);
	lab.write("open", "");
	expect(await first).toMatchObject({ code: 0 });
});
