import type { SiteInput } from "../schema/site.ts";
import { busyboxImage } from "./versions.ts";

/** Settings that the sites `home` and `lab` share; a site spreads these and states what differs. */
export const redisDefaults = {
	images: {
		redis: "docker.io/library/redis:7.2.11-alpine",
		haproxy: "docker.io/library/haproxy:3.2.25-alpine",
	},
	nodes: 3,
	quorum: 2,
	masterName: "mymaster",
	downAfter: "5s",
	failoverTimeout: "10s",
	writeSafety: { minReplicas: 1, maxLag: "3s" },
	memory: "448Mi",
	sentinelMemory: "64Mi",
	volume: { size: "2Gi", growTo: "10Gi" },
	proxy: {
		replicas: 2,
		memory: "64Mi",
		maxConnections: 256,
		idleTimeout: "30s",
		check: { interval: "500ms", timeout: "3s", fall: 2, rise: 2 },
		resolve: "1s",
		hold: { valid: "1s", obsolete: "1s", nx: "30s", failure: "1h" },
	},
	toleratedDnsOutage: "1h",
	backup: { schedule: "0 3 * * 0", retention: "28d", capacity: "10Gi" },
} satisfies Omit<SiteInput["redis"], "consumers">;

const nfsMountOptions = ["nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"];

export const storageDefaults = {
	defaultClass: "local-path",
	localPath: {
		className: "local-path",
		directory: "/opt/local-path-provisioner",
		images: {
			provisioner: "docker.io/rancher/local-path-provisioner:v0.0.31",
			helper: busyboxImage,
		},
	},
	snapshotClass: "proxmox",
	autoresize: { growWhenUsedAbove: "80%", increase: "50%", interval: "10m" },
	disks: {
		ssd: { device: "sdb", writeRate: "2Mi", for: "10m" },
		hdd: { device: "sdc", writeRate: "10Mi", for: "20m" },
	},
	charts: {
		proxmoxCsi: {
			repository: "oci://ghcr.io/sergelogvinov/charts",
			chart: "proxmox-csi-plugin",
			version: "0.5.9",
		},
		nfsCsi: {
			repository: "https://raw.githubusercontent.com/kubernetes-csi/csi-driver-nfs/master/charts",
			chart: "csi-driver-nfs",
			version: "4.13.4",
		},
		autoresizer: {
			repository: "https://topolvm.github.io/pvc-autoresizer",
			chart: "pvc-autoresizer",
			version: "0.19.0",
		},
	},
} satisfies Partial<SiteInput["storage"]>;

/** Settings of the two drivers that do not depend on the hosts. */
export const nfsDefaults = {
	className: "nfs-truenas",
	dynamicClass: "nfs-proxmox",
	mountOptions: nfsMountOptions,
	healthPorts: { controller: 29652, node: 29653 },
} satisfies Partial<SiteInput["storage"]["nfs"]>;

export const blockDefaults = {
	plainClass: "proxmox-lvm",
	encryptedClass: "proxmox-lvm-encrypted",
	datastore: "local-lvm",
	nodeMemory: "1280Mi",
	encryption: { vaultPath: "proxmox-csi-encryption", version: 1 },
} satisfies Partial<SiteInput["storage"]["block"]>;

export const proxmoxDefaults = {
	region: "pve",
	zone: "pve",
	token: { vaultPath: "proxmox-csi", version: 1 },
} satisfies Partial<SiteInput["storage"]["block"]["proxmox"]>;

export const backupDefaults = {
	lvm: { volumeGroup: "pve", thinPool: "data", volumePrefix: "vm-9999-pvc-" },
	disk: "/mnt/backup",
	hostPaths: ["/etc/pve", "/etc/network", "/etc/exports", "/etc/nfs.conf", "/etc/lvm"],
	kubeconfig: "/root/.kube/config",
	schedule: {
		snapshot: { at: "03:00", timeout: "30m" },
		copy: { at: "05:00", timeout: "1h" },
		offsite: { at: "06:00", timeout: "2h" },
		randomDelay: "5m",
	},
	keep: {
		snapshots: 7,
		copies: { daily: 7, weekly: 4 },
		offsite: { daily: 7, weekly: 4, monthly: 12 },
	},
	alerts: { poolFree: 15, diskUsed: 85 },
} satisfies Partial<SiteInput["backup"]>;

export const monitoringDefaults = {
	namespace: "monitoring",
	prometheus: "prometheus",
	pushgateway: "pushgateway",
	rulesLabel: { key: "prometheus-rules", value: "load" },
} satisfies SiteInput["monitoring"];

export const monitoringEndpoints = {
	prometheus: {
		host: "prometheus-server.monitoring.svc.cluster.local",
		ports: { http: 80 },
		purpose: "Queries of metrics",
	},
	pushgateway: {
		host: "prometheus-prometheus-pushgateway.monitoring.svc.cluster.local",
		ports: { http: 9091 },
		purpose: "Metrics of jobs that end before Prometheus could scrape them",
	},
} satisfies SiteInput["endpoints"];
