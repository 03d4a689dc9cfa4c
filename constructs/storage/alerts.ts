import type { Site } from "../../config/schema/site.ts";
import { freeThreshold } from "../kubernetes/growth.ts";
import type { AlertRule } from "../monitoring/alert-rule.ts";

export interface StorageAlertSubjects {
	/** Namespaces of the drivers and of the autoresizer. */
	readonly namespaces: { readonly nfs: string; readonly proxmox: string; readonly autoresizer: string };
}

/** Larger volumes are NFS exports as pods see them, which do not grow. */
const ofAVolume = "kubelet_volume_stats_capacity_bytes < 2^40";
const freeShare = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes";
const creating = 'kube_pod_container_status_waiting_reason{reason="ContainerCreating"} > 0';

/** Alerts on volumes, drivers and disks (docs/reference/storage.md#alerts); those on backups are with the backups. */
export function storageAlerts(site: Site, subjects: StorageAlertSubjects): AlertRule[] {
	return [...volumeAlerts(site, subjects), ...nfsAlerts(), ...driverAlerts(subjects), ...diskAlerts(site)];
}

function volumeAlerts({ storage }: Site, { namespaces: { autoresizer } }: StorageAlertSubjects): AlertRule[] {
	const { growWhenUsedAbove } = storage.autoresize;
	const volume = "Volume {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}";
	return [
		{
			alert: "NodeFilesystemFull",
			expr: 'node_filesystem_avail_bytes{fstype!~"tmpfs|fuse.*"} / node_filesystem_size_bytes < 0.1',
			for: "15m",
			severity: "warning",
			summary: "{{ $labels.mountpoint }} of {{ $labels.instance }} has less than 10 % left",
		},
		{
			alert: "PVAutoExpanding",
			expr: `${freeShare} < ${freeThreshold(storage.autoresize) / 100} and ${ofAVolume}`,
			for: "5m",
			severity: "info",
			summary: `${volume} is used to more than ${growWhenUsedAbove} %: the autoresizer grows it`,
		},
		{
			alert: "PVFillingUp",
			expr: `${freeShare} < 0.05 and ${ofAVolume}`,
			for: "10m",
			severity: "critical",
			summary: `${volume} is nearly full: the autoresizer does not grow it, or not fast enough`,
		},
		{
			alert: "PVPredictedFull",
			expr: `predict_linear(kubelet_volume_stats_available_bytes[6h], 86400) < 0 and ${ofAVolume}`,
			for: "1h",
			severity: "warning",
			summary: `${volume} will be full within a day`,
		},
		{
			alert: "PVGrowthFailed",
			expr: "increase(pvcautoresizer_failed_resize_total[1h]) > 0",
			for: "0m",
			severity: "warning",
			summary: `${volume} should have grown and could not`,
		},
		{
			alert: "PVGrowthLimitReached",
			expr: "increase(pvcautoresizer_limit_reached_total[1h]) > 0",
			for: "1h",
			severity: "warning",
			summary: `${volume} is as large as its claim allows and filling up: raise growTo`,
		},
		{
			alert: "PVCAutoresizerDown",
			expr: `kube_deployment_status_replicas_available{namespace="${autoresizer}"} < 1`,
			for: "15m",
			severity: "warning",
			summary: "No volume grows: the autoresizer is not running",
		},
	];
}

function nfsAlerts(): AlertRule[] {
	return [
		{
			alert: "NFSServerUnresponsive",
			// After a restart of Prometheus every counter is unchanged at first.
			expr: '(count(sum by (instance) (changes(node_nfs_requests_total[15m])) > 0) or vector(0)) < 2 and on () time() - process_start_time_seconds{job="prometheus"} > 900',
			for: "10m",
			severity: "critical",
			summary: "Only {{ $value }} nodes get answers from the NFS server",
		},
		{
			alert: "NFSMountFailures",
			// Compared with a time before the alert is due, so that an increase within that time still counts.
			expr: `count(${creating}) > 5 and count(${creating}) > 2 * (count(${creating.replace("}", "} offset 30m")}) or vector(0))`,
			for: "10m",
			severity: "critical",
			summary: "{{ $value }} containers wait to be created: their volumes cannot be mounted",
		},
		{
			alert: "NFSHighRPCRetransmissions",
			expr: "rate(node_nfs_rpc_retransmissions_total[5m]) > 5",
			for: "5m",
			severity: "warning",
			summary: "{{ $labels.instance }} repeats {{ $value | humanize }} requests a second to the NFS server",
		},
	];
}

function driverAlerts({ namespaces: { nfs, proxmox } }: StorageAlertSubjects): AlertRule[] {
	const drivers = { NFSCSI: nfs, ProxmoxCSI: proxmox };
	return [
		...Object.entries(drivers).flatMap(([driver, namespace]): AlertRule[] => [
			{
				alert: `${driver}ControllerDown`,
				expr: `kube_deployment_status_replicas_available{namespace="${namespace}"} < 1`,
				for: "5m",
				severity: "critical",
				summary: "{{ $labels.deployment }} is not running: volumes are neither made nor attached nor grown",
			},
			{
				alert: `${driver}NodeDown`,
				expr: `kube_daemonset_status_number_unavailable{namespace="${namespace}"} > 0`,
				for: "10m",
				severity: "critical",
				summary: "{{ $labels.daemonset }} is missing on {{ $value }} nodes: nothing can be mounted there",
			},
		]),
		{
			alert: "CSIDriverCrashLoop",
			expr: `kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff", namespace=~"${Object.values(drivers).join("|")}"} > 0`,
			for: "10m",
			severity: "critical",
			summary: "{{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} crashes again and again",
		},
	];
}

function diskAlerts({ network, storage: { block, disks } }: Site): AlertRule[] {
	// Disks of virtual machines have the same names.
	const address = network.hosts[block.proxmox.host]?.address.replaceAll(".", "\\\\.");
	return Object.entries(disks).map(([disk, { device, writeRate, for: duration }]) => ({
		alert: `${disk.toUpperCase()}HighWriteRate`,
		expr: `rate(node_disk_written_bytes_total{instance=~"${address}(:.*)?", device="${device}"}[5m]) > ${writeRate}`,
		for: duration,
		severity: "info",
		summary: `${device} of the hypervisor is written at {{ $value | humanize1024 }}B/s`,
	}));
}
