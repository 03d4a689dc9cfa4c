import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { BackupHost, hoursAgo, timestamp } from "./backup-host.ts";

/** Two volumes with claims, and one in a namespace that has no snapshots. */
function host(): BackupHost {
	const lab = new BackupHost();
	lab.volume("a", "shop/web");
	lab.volume("b", "mail/box");
	lab.volume("c", "timeseries/metrics");
	return lab;
}

const snapshotsOf = (lab: BackupHost, id: string) =>
	lab.list("lvm").filter((name) => name.startsWith(`vm-9999-pvc-${id}_snap_`));

test("every volume gets a snapshot, but for namespaces that have none", async () => {
	const lab = host();
	expect((await lab.run("snapshot.sh")).code).toBe(0);
	expect(["a", "b", "c"].map((id) => snapshotsOf(lab, id).length)).toEqual([1, 1, 0]);
	expect(lab.metrics("lvm-pvc-snapshot")).toMatchObject({
		lvm_snapshot_last_status: 0,
		lvm_snapshot_created_total: 2,
		lvm_snapshot_failed_total: 0,
		lvm_snapshot_thinpool_free_pct: 60,
		lvm_snapshot_thinpool_metadata_free_pct: 87.5,
		backup_last_success_timestamp: expect.any(Number),
	});
});

test("a volume that cannot be snapshotted fails the run, and the others get theirs", async () => {
	const lab = host();
	lab.write("refuse", "pve/vm-9999-pvc-a\n");
	expect((await lab.run("snapshot.sh")).code).toBe(1);
	expect(snapshotsOf(lab, "b")).toHaveLength(1);
	const metrics = lab.metrics("lvm-pvc-snapshot");
	expect(metrics).toMatchObject({ lvm_snapshot_last_status: 1, lvm_snapshot_failed_total: 1 });
	expect(metrics).not.toHaveProperty("backup_last_success_timestamp");
});

test("a prefix that matches no volume is no success", async () => {
	const lab = new BackupHost();
	lab.write("claims", "x\ty\tz\n");
	expect((await lab.run("snapshot.sh")).code).toBe(1);
	expect(lab.metrics("lvm-pvc-snapshot")).toMatchObject({ lvm_snapshot_last_status: 1 });
});

test("a cluster that does not answer is replaced by its last answer", async () => {
	const lab = host();
	await lab.run("snapshot.sh");
	lab.write("kubectl", "exit 1\n");
	expect((await lab.run("snapshot.sh", ["list"])).stderr).toContain("claims are those of");
});

test("seven daily snapshots stay, however old, and those of a lost volume go by age", async () => {
	const lab = host();
	for (let day = 30; day < 40; day++) lab.snapshot("a", hoursAgo(24 * day));
	lab.volume("gone", "shop/old");
	const recent = hoursAgo(72);
	for (const at of [recent, hoursAgo(720)]) lab.snapshot("gone", at);
	await lab.run("snapshot.sh", ["prune"]);
	expect(snapshotsOf(lab, "a")).toHaveLength(7);
	expect(snapshotsOf(lab, "gone")).toHaveLength(2);
	rmSync(lab.path("lvm/vm-9999-pvc-gone"), { recursive: true });
	await lab.run("snapshot.sh", ["prune"]);
	// There are no seven days of snapshots since: the clock may be wrong.
	expect(snapshotsOf(lab, "gone")).toHaveLength(2);
	for (let day = 0; day < 7; day++) lab.snapshot("b", hoursAgo(24 * day));
	await lab.run("snapshot.sh", ["prune"]);
	expect(snapshotsOf(lab, "gone")).toEqual([`vm-9999-pvc-gone_snap_${timestamp(recent)}`]);
});

test("when LVM does not answer, nothing is pruned", async () => {
	const lab = host();
	for (const day of [20, 30]) lab.snapshot("a", hoursAgo(24 * day));
	lab.write("refuse", "lvs --noheadings\n");
	expect((await lab.run("snapshot.sh", ["prune"])).code).not.toBe(0);
	expect(snapshotsOf(lab, "a")).toHaveLength(2);
});

/** Answers for a deployment `web` whose one pod mounts the claim until it is scaled to nothing. */
const cluster = `
case $* in
*persistentvolumes*) cat "$LAB/claims" ;;
*scale*) echo "$*" | sed 's/.*--replicas=//' >"$LAB/replicas" ;;
*"get pods"*) if [ "$(cat "$LAB/replicas")" != 0 ]; then printf 'Running\\tReplicaSet/web-1\\tweb-1-x\\tother\\tweb\\n'; fi ;;
*"get replicaset/web-1"*) printf Deployment/web ;;
*"get Deployment/web"*) cat "$LAB/replicas" ;;
esac
`;

function withWorkload(): { lab: BackupHost; snapshot: string } {
	const lab = host();
	lab.write("kubectl", cluster);
	lab.write("replicas", "2");
	lab.write("lvm/vm-9999-pvc-a/file", "good");
	const at = hoursAgo(1);
	lab.snapshot("a", at);
	lab.write("lvm/vm-9999-pvc-a/file", "damaged");
	return { lab, snapshot: `vm-9999-pvc-a_snap_${timestamp(at)}` };
}

test("a restore puts the volume aside, keeps the snapshot and scales the workload back", async () => {
	const { lab, snapshot } = withWorkload();
	const { code } = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n");
	expect(code).toBe(0);
	expect(lab.read("lvm/vm-9999-pvc-a/file")).toBe("good");
	const [aside = ""] = lab.list("lvm").filter((name) => name.includes("_pre_restore_"));
	expect(lab.read(`lvm/${aside}/file`)).toBe("damaged");
	expect(lab.read(`lvm/${snapshot}/file`)).toBe("good");
	expect(lab.calls("kubectl").filter((call) => call.includes(" scale "))).toEqual([
		expect.stringContaining("--namespace shop scale Deployment/web --replicas=0"),
		expect.stringContaining("--namespace shop scale Deployment/web --replicas=2"),
	]);
});

test("a restore waits until the virtual machine has closed the volume", async () => {
	const { lab, snapshot } = withWorkload();
	lab.write("open", "x");
	expect((await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n")).code).toBe(0);
	const calls = lab.calls("lv").map((call) => call.replace(/_(snap|pre_restore)_\S+/g, "_$1"));
	expect(calls.slice(calls.indexOf(`lvs --noheadings --options lv_device_open pve/vm-9999-pvc-a`))).toEqual([
		"lvs --noheadings --options lv_device_open pve/vm-9999-pvc-a",
		"lvs --noheadings --options lv_device_open pve/vm-9999-pvc-a",
		"lvrename pve vm-9999-pvc-a vm-9999-pvc-a_pre_restore",
		"lvcreate --quiet --snapshot --setactivationskip n --name vm-9999-pvc-a pve/vm-9999-pvc-a_snap",
	]);
});

test("a restore without a yes changes nothing", async () => {
	const { lab, snapshot } = withWorkload();
	expect((await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "no\n")).code).toBe(1);
	expect(lab.read("lvm/vm-9999-pvc-a/file")).toBe("damaged");
	expect(lab.read("replicas")).toBe("2");
});

test("a restore that LVM refuses gives the volume its name back", async () => {
	const { lab, snapshot } = withWorkload();
	lab.write("refuse", "--setactivationskip");
	const { code, stderr } = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-a", snapshot], "yes\n");
	expect(code).toBe(1);
	expect(lab.read("lvm/vm-9999-pvc-a/file")).toBe("damaged");
	expect(stderr).toContain("to start it again: kubectl -n shop scale Deployment/web --replicas=2");
});

test("a snapshot of another volume is not restored", async () => {
	const { lab, snapshot } = withWorkload();
	const { code, stderr } = await lab.run("snapshot.sh", ["restore", "vm-9999-pvc-b", snapshot], "yes\n");
	expect(code).toBe(2);
	expect(stderr).toContain("is no snapshot of vm-9999-pvc-b");
});
