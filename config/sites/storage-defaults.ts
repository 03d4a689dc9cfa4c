import type { SiteInput } from "../schema/site.ts";
import { busyboxImage } from "./versions.ts";

const nfsMountOptions = ["nfsvers=4", "soft", "timeo=30", "retrans=3", "actimeo=5"];

/** Settings that the sites `home` and `lab` share. */
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
