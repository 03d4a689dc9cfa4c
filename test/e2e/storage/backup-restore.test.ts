import { existsSync, mkdirSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { choosePoint } from "../../../cli/restore/choose-point.ts";
import { volumeRestoration } from "../../../cli/restore/volume.ts";
import { needs } from "../harness/needs.ts";
import { BackupHost, hoursAgo, timestamp } from "./backup-host.ts";
import { treeOf } from "./tree.ts";

needs("root", "rsync", "sqlite3");

const volume = "lvm/vm-9999-pvc-a";
const claim = "mailserver/data";

/**
 * Answers about the pods in LAB/pods (phase, owner, name, claims) until a workload is scaled to nothing, which ends
 * those that it owns. Only Deployments and StatefulSets can be scaled, as in the API.
 */
const cluster = `
case $* in
*persistentvolumes*) cat "$LAB/claims" ;;
*"scale Deployment/"* | *"scale StatefulSet/"*)
	replicas=\${last##*=}
	echo "$replicas" >"$LAB/replicas"
	if [ "$replicas" = 0 ]; then sed -i '/mail-abc/d' "$LAB/pods"; else [ ! -e "$LAB/refuse-start" ]; fi
	;;
*scale*) echo "error: cannot scale" >&2; exit 1 ;;
*"get pods"*) cat "$LAB/pods" ;;
*"get replicaset/mail-abc"*) printf Deployment/mail ;;
*"get Deployment/mail"*) cat "$LAB/replicas" ;;
esac
`;
const running = "Running\tReplicaSet/mail-abc\tmail-abc-x\tdata\n";
const finished = "Succeeded\tJob/mail-backup-1\tmail-backup-1-y\t\tdata\n";

/** A running mail server whose backup jobs have ended, with good data in a snapshot and damaged data now. */
function host(pods = running + finished) {
	const lab = new BackupHost();
	lab.volume("a", claim);
	lab.write("kubectl", cluster);
	lab.write("replicas", "1\n");
	lab.write("pods", pods);
	lab.write(`${volume}/box/1`, "good");
	const at = hoursAgo(1);
	const database = new DatabaseSync(lab.path(`${volume}/app.db`));
	database.exec("PRAGMA journal_mode=WAL; CREATE TABLE mail (id); INSERT INTO mail VALUES (1)");
	lab.snapshot("a", at);
	database.close();
	const snapshot = `vm-9999-pvc-a_snap_${timestamp(at)}`;
	const damage = () => {
		rmSync(lab.path(`${volume}/box`), { recursive: true });
		lab.write(`${volume}/later`, "damaged");
		lab.write(`${volume}/app.db`, "damaged");
	};
	return { lab, snapshot, damage };
}

/** The same with a restore point. */
async function withPoint(pods?: string) {
	const { lab, snapshot, damage } = host(pods);
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	damage();
	return { lab, snapshot, point: lab.list("disk/points")[0] ?? "" };
}

const aside = (lab: BackupHost) => lab.list("lvm").filter((name) => name.includes("_pre_restore_"));
const rows = (lab: BackupHost) =>
	new DatabaseSync(lab.path(`${volume}/app.db`), { readOnly: true }).prepare("SELECT id FROM mail").all()
		.length;

test("a volume whose finished backup jobs are still listed is restored, and its workload runs again", async () => {
	const { lab, snapshot, damage } = host(finished + running + finished.replace("Succeeded", "Failed"));
	damage();
	expect(await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n")).toMatchObject({
		code: 0,
	});
	expect(lab.read(`${volume}/box/1`)).toBe("good");
	expect(lab.read("replicas")).toBe("1\n");
});

test.for([
	["a job that runs", `${running}Running\tJob/mail-backup-2\tmail-backup-2-y\tdata\n`, "is used by several"],
	["only a job that runs", "Pending\tJob/mail-backup-2\tmail-backup-2-y\tdata\n", "wait until it has ended"],
	["a pod of nobody", "Running\t/\tby-hand\tdata\n", "Pod/by-hand uses mailserver/data"],
	["a daemon set", "Running\tDaemonSet/logs\tlogs-1\tdata\n", "cannot be scaled to nothing"],
	[
		"pods that nobody has heard from",
		`${running}Unknown\tStatefulSet/old\told-0\tdata\n`,
		"Deployment/mail StatefulSet/old",
	],
] as const)("with %s nothing is touched", async ([, pods, reason]) => {
	const { lab, snapshot, damage } = host(pods);
	damage();
	const { code, stderr } = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n");
	expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(reason) });
	expect(lab.read("replicas")).toBe("1\n");
	expect(aside(lab)).toEqual([]);
});

test("a workload that does not say how many replicas it has is not stopped", async () => {
	const { lab, snapshot } = host();
	lab.write("replicas", "");
	const { code, stderr } = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n");
	expect({ code, stderr }).toEqual({
		code: 2,
		stderr: expect.stringContaining('says that it has "" replicas'),
	});
});

test("a volume that stays in use, and a start that fails, say how to start the workload again", async () => {
	const { lab, snapshot, damage } = host();
	damage();
	const again = "to start it again: kubectl -n mailserver scale Deployment/mail --replicas=1";
	lab.program("sleep", "#!/bin/sh\n");
	lab.write("open", "x".repeat(100));
	const inUse = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n");
	expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining(again) });
	expect(lab.read(`${volume}/later`)).toBe("damaged");

	lab.write("open", "");
	lab.write("pods", running);
	lab.write("replicas", "1\n");
	lab.write("refuse-start", "");
	const notStarted = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n");
	expect(notStarted).toMatchObject({ code: 1, stderr: expect.stringContaining(again) });
	expect(lab.read(`${volume}/box/1`)).toBe("good");
});

test("a restore point comes back file by file, with its checked databases, and the volume of before is kept", async () => {
	const { lab, snapshot, point } = await withPoint();
	expect((await lab.run("restore.sh", [claim, point], "yes\n")).code).toBe(0);
	const files = (folder: string) => treeOf(lab.path(folder)).filter((line) => !line.startsWith("app.db"));
	expect(files(volume)).toEqual(files(`lvm/${snapshot}`));
	expect(lab.list(volume)).toEqual(["app.db", "box"]);
	expect(rows(lab)).toBe(1);
	const [kept = ""] = aside(lab);
	expect(lab.read(`lvm/${kept}/later`)).toBe("damaged");
	expect(lab.read("replicas")).toBe("1\n");
	expect(lab.list("lvm").filter((name) => name.endsWith("_restoring"))).toEqual([]);
});

test("a restore that breaks off changes nothing, and starts the workload again", async () => {
	const { lab, point } = await withPoint();
	lab.program("rsync", "#!/bin/sh\nexit 11\n");
	const { code, stderr } = await lab.run("restore.sh", [claim, point], "yes\n");
	expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("its volume is as it was") });
	expect(lab.read(`${volume}/later`)).toBe("damaged");
	expect(lab.read("replicas")).toBe("1\n");
	expect(lab.list("lvm").filter((name) => /_restoring|_pre_restore_/.test(name))).toEqual([]);
});

test("what a killed restore has left is neither saved nor in the way of the next", async () => {
	const { lab, point } = await withPoint();
	mkdirSync(lab.path(`${volume}_restoring/half`), { recursive: true });
	await lab.run("snapshot.sh");
	expect(lab.list("lvm").filter((name) => name.includes("_restoring_snap_"))).toEqual([]);
	expect((await lab.run("restore.sh", [claim, point], "yes\n")).code).toBe(0);
	expect(lab.list(volume)).toEqual(["app.db", "box"]);
});

test("a point that lacks the claim is refused, and those that have it are named", async () => {
	const { lab, point } = await withPoint();
	mkdirSync(lab.path("disk/points/2026-01-01T050000/volumes/shop/web"), { recursive: true });
	const { code, stderr } = await lab.run("restore.sh", [claim, "2026-01-01T050000"], "yes\n");
	expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`it is in: ${point}`) });
	expect(lab.read("replicas")).toBe("1\n");
});

test("half an answer of the cluster is not believed: all volumes are copied, and the run fails", async () => {
	const { lab } = host();
	lab.volume("b", "shop/web");
	lab.snapshot("b", hoursAgo(1));
	expect((await lab.run("copy.sh")).code).toBe(0);
	const whole = lab.read("claims");
	lab.write("claims", whole.split("\n").slice(1).join("\n"));
	for (const _ of ["tonight", "tomorrow"]) {
		const { code, stderr } = await lab.run("copy.sh");
		expect({ code, stderr }).toEqual({
			code: 1,
			stderr: expect.stringContaining("the cluster names no claim any more for: vm-9999-pvc-a"),
		});
		expect(lab.read(`disk/points/${lab.list("disk/points").at(-1)}/volumes/${claim}/box/1`)).toBe("good");
	}
	// A volume that was removed with its object is missed by nobody.
	rmSync(lab.path(volume), { recursive: true });
	expect((await lab.run("copy.sh")).code).toBe(0);
});

test("the command of operators lists points, restores a volume or one database of it, and can be repeated", async () => {
	const { lab, point } = await withPoint();
	const target = {
		name: "storage",
		run: async ([, ...args]: readonly string[], input = "") => {
			const { code, stderr, stdout } = await lab.answer("restore.sh", args, input);
			return { code: code ?? 1, stderr, stdout };
		},
	};
	const later = () => existsSync(lab.path(`${volume}/later`));
	const database = volumeRestoration(target, "database", `${claim}/app.db`);
	expect(await database.points()).toEqual([point]);
	expect(await database.restore(point)).toContain("done; when all is well: lvremove");
	expect([rows(lab), later()]).toEqual([1, true]);
	expect(lab.read("replicas")).toBe("1\n");

	const whole = volumeRestoration(target, "claim", claim);
	for (const _ of [1, 2]) {
		lab.write("pods", running);
		await whole.restore(await choose(whole, "latest"));
		expect([lab.read(`${volume}/box/1`), later()]).toEqual(["good", false]);
	}
	await expect(whole.restore("2020-01-01T000000")).rejects.toThrow(`it is in: ${point}`);
	await expect(choose(volumeRestoration(target, "claim", "mailserver/date"), "latest")).rejects.toThrow(
		"nothing of mailserver/date is in",
	);
	await expect(choose(volumeRestoration(target, "database", `${claim}/box/1`), "latest")).rejects.toThrow(
		"nothing of",
	);
	for (const name of ["data", "a/../b", "mailserver/data/app.db", "mailserver/$(id)"])
		expect(() => volumeRestoration(target, "claim", name)).toThrow("no name of a claim");
	for (const name of [claim, `${claim}/../x`])
		expect(() => volumeRestoration(target, "database", name)).toThrow("no name of a database");

	async function choose(restoration: typeof whole, from: string): Promise<string> {
		return choosePoint(restoration, await restoration.points(), from, new Date());
	}
});
