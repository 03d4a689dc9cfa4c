import type { SiteInput } from "../schema/site.ts";

/** Settings that the sites `home` and `lab` share. */
export const backupDefaults = {
	lvm: { volumeGroup: "pve", thinPool: "data", volumePrefix: "vm-9999-pvc-" },
	disk: "/mnt/backup",
	hostPaths: ["/etc/pve", "/etc/network", "/etc/exports", "/etc/nfs.conf", "/etc/lvm"],
	kubeconfig: "/root/.kube/config",
	schedule: {
		snapshot: { at: "03:00", timeout: "30m" },
		copy: { at: "05:00", timeout: "1h" },
		offsite: { at: "06:00", timeout: "2h" },
		prove: { at: "09:00", timeout: "3h" },
		randomDelay: "5m",
	},
	proveWithin: "30d",
	proofs: "30 7 * * 1",
	keep: {
		snapshots: 7,
		copies: { daily: 7, weekly: 4 },
		offsite: { daily: 7, weekly: 4, monthly: 12 },
	},
	alerts: { poolFree: 15, diskUsed: 85 },
} satisfies Partial<SiteInput["backup"]>;
