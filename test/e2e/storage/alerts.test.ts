import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { AlertRulesFile, type Series } from "../harness/alert-rules-file.ts";
import { DeployedStack } from "../harness/deployed-stack.ts";
import { needs } from "../harness/needs.ts";

needs("promtool");

const rules = new AlertRulesFile(new DeployedStack(await loadSite("lab"), "storage").files("storage-alerts"));

const volume = (what: string) =>
	`kubelet_volume_stats_${what}_bytes{namespace="shop", persistentvolumeclaim="data"}`;
/** A volume of 100 GiB, and what is free of it in GiB. */
const filled = (free: string): Series => ({
	[volume("capacity")]: `${100 * 2 ** 30}x60`,
	[volume("available")]: free,
});
const GiB = (count: number) => `${count * 2 ** 30}`;
const fileServer = { [volume("capacity")]: `${2 ** 41}x60`, [volume("available")]: "0x60" };

const filesystem = (what: string) => `node_filesystem_${what}_bytes{mountpoint="/", fstype="ext4"}`;
const requests = (node: string) => `node_nfs_requests_total{instance="${node}", method="Read"}`;
const prometheus = { 'process_start_time_seconds{job="prometheus"}': "0x60" };
const waiting = (pod: number, reason = "ContainerCreating") =>
	`kube_pod_container_status_waiting_reason{namespace="nfs-csi", reason="${reason}", pod="p${pod}"}`;
const waitingPods = (count: number, values: string): Series =>
	Object.fromEntries(Array.from({ length: count }, (_, pod) => [waiting(pod), values]));
const controller = 'kube_deployment_status_replicas_available{namespace="nfs-csi"}';
const nodes = 'kube_daemonset_status_number_unavailable{namespace="proxmox-csi"}';
const resizer = (what: string) => `pvcautoresizer_${what}_total{persistentvolumeclaim="data"}`;
const written = (instance: string) => `node_disk_written_bytes_total{instance="${instance}", device="sdb"}`;

type Case = readonly [alert: string, series: Series, firing: Record<string, number>];

describe("storage alerts", () => {
	test("are accepted by Prometheus", () => {
		expect(() => rules.check()).not.toThrow();
	});

	test.for<Case>([
		[
			"NodeFilesystemFull",
			{ [filesystem("size")]: "100x60", [filesystem("avail")]: "9x60" },
			{ "14m": 0, "15m": 1 },
		],
		["PVAutoExpanding", filled(`${GiB(19)}x60`), { "4m": 0, "5m": 1 }],
		["PVFillingUp", filled(`${GiB(4)}x60`), { "9m": 0, "10m": 1 }],
		["PVGrowthFailed", { [resizer("failed_resize")]: "0 1x60" }, { "5m": 1 }],
		[
			"PVCAutoresizerDown",
			{ 'kube_deployment_status_replicas_available{namespace="pvc-autoresizer"}': "0x60" },
			{ "15m": 1 },
		],
		[
			"NFSServerUnresponsive",
			{ ...prometheus, [requests("a")]: "0+1x60", [requests("b")]: "5x60" },
			{ "30m": 1 },
		],
		[
			"NFSServerUnresponsive",
			{ ...prometheus, [requests("a")]: "5x60", [requests("b")]: "5x60" },
			{ "30m": 1 },
		],
		["NFSMountFailures", waitingPods(6, "_x19 1x40"), { "28m": 0, "29m": 1 }],
		["NFSHighRPCRetransmissions", { node_nfs_rpc_retransmissions_total: "0+600x60" }, { "10m": 1 }],
		["NFSCSIControllerDown", { [controller]: "0x60" }, { "4m": 0, "5m": 1 }],
		["ProxmoxCSINodeDown", { [nodes]: "1x60" }, { "9m": 0, "10m": 1 }],
		["CSIDriverCrashLoop", { [waiting(0, "CrashLoopBackOff")]: "1x60" }, { "9m": 0, "10m": 1 }],
		["SSDHighWriteRate", { [written("127.0.0.1:9100")]: "0+300000000x60" }, { "9m": 0, "15m": 1 }],
	])("%s fires as late as it should", ([alert, series, firing]) => {
		expect(() => rules.expectFiring(alert, series, firing)).not.toThrow();
	});

	test("PVPredictedFull fires on a steady loss", () => {
		// One GiB an hour, thirty left.
		const series = {
			[volume("capacity")]: `${100 * 2 ** 30}x600`,
			[volume("available")]: `${GiB(30)}-${2 ** 30 / 60}x600`,
		};
		expect(() => rules.expectFiring("PVPredictedFull", series, { "6h": 0, "8h": 1 }, "1m")).not.toThrow();
	});

	test.for<readonly [alert: string, series: Series]>([
		["PVAutoExpanding", filled(`${GiB(20)}x60`)],
		["PVFillingUp", filled(`${GiB(6)}x60`)],
		["PVFillingUp", fileServer],
		["PVGrowthFailed", { [resizer("failed_resize")]: "7x60" }],
		["NFSServerUnresponsive", { ...prometheus, [requests("a")]: "0+1x60", [requests("b")]: "0+1x60" }],
		["NFSMountFailures", waitingPods(6, "1x60")],
		["NFSMountFailures", waitingPods(5, "1x60")],
		["NFSCSIControllerDown", { [controller]: "1x60" }],
		["ProxmoxCSINodeDown", { [nodes]: "0x60" }],
		["SSDHighWriteRate", { [written("192.0.2.11:9100")]: "0+300000000x60" }],
	])("%s is silent while all is well", ([alert, series]) => {
		expect(() => rules.expectFiring(alert, series, { "30m": 0 })).not.toThrow();
	});
});
