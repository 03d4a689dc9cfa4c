import type { SiteInput } from "../schema/site.ts";
import { hypervisorDefaults, imageRegistryDefaults } from "./hypervisor-defaults.ts";

const worker = { cores: 8, memory: "32Gi", disk: "256Gi", purpose: "Worker" };

/** The hypervisor of the site `home`: 22 cores, a thin pool of 10.7 TB, a GPU. */
export const homeHypervisor: SiteInput["hypervisor"] = {
	...hypervisorDefaults,
	memory: "272Gi",
	pool: { size: "9965Gi", reserved: { "nfs-data": "2Ti" } },
	bridges: { vmbr0: ["lan"], vmbr1: ["management", "kubernetes"] },
	sshUser: "root",
	guests: {
		user: "wizard",
		nameServers: ["1.1.1.1", "8.8.8.8"],
		searchDomain: "viktorbarzin.lan",
	},
	machines: {
		pfsense: {
			id: 101,
			purpose: "Gateway, DHCP, firewall",
			cores: 8,
			memory: "4Gi",
			disk: "32Gi",
			networks: [{ subnet: "lan" }, { subnet: "management" }, { subnet: "kubernetes" }],
			host: "pfsense",
		},
		devvm: {
			id: 102,
			purpose: "Workstation",
			cores: 16,
			memory: "8Gi",
			disk: "100Gi",
			networks: [{ subnet: "management" }],
		},
		"home-assistant": {
			id: 103,
			purpose: "Home automation",
			cores: 8,
			memory: "8Gi",
			disk: "64Gi",
			networks: [{ subnet: "lan" }],
		},
		pbs: {
			id: 105,
			purpose: "Proxmox Backup Server, unused",
			cores: 16,
			memory: "8Gi",
			disk: "32Gi",
			running: false,
			networks: [{ subnet: "management" }],
		},
		"k8s-master": {
			id: 200,
			purpose: "Control plane",
			cores: 8,
			memory: "32Gi",
			disk: "64Gi",
			networks: [{ subnet: "kubernetes", mac: "00:50:56:b0:a1:39" }],
			host: "k8s-master",
			managed: { guest: "other", startup: { order: 4, delay: "45s", shutdownTimeout: "420s" } },
		},
		"k8s-node1": {
			...worker,
			id: 201,
			purpose: "Worker with the GPU (Tesla T4 at 0000:06:00.0)",
			cores: 16,
			networks: [{ subnet: "kubernetes" }],
			host: "k8s-node1",
			devices: ["tesla-t4"],
		},
		"k8s-node2": {
			...worker,
			id: 202,
			networks: [{ subnet: "kubernetes", mac: "00:50:56:b0:a1:36" }],
			host: "k8s-node2",
			managed: { guest: "other", startup: { order: 5, delay: "45s", shutdownTimeout: "420s" } },
		},
		"k8s-node3": { ...worker, id: 203, networks: [{ subnet: "kubernetes" }], host: "k8s-node3" },
		"k8s-node4": { ...worker, id: 204, networks: [{ subnet: "kubernetes" }], host: "k8s-node4" },
		"docker-registry": {
			id: 220,
			purpose: "Pull-through caches and the private registry",
			cores: 4,
			memory: "4196Mi",
			disk: "64Gi",
			networks: [{ subnet: "kubernetes", mac: "DE:AD:BE:EF:22:22" }],
			host: "registry",
			managed: {
				template: "docker-registry-template",
				startup: { order: 3, delay: "60s", shutdownTimeout: "120s" },
			},
		},
		windows10: {
			id: 300,
			purpose: "Windows 10",
			cores: 16,
			memory: "8Gi",
			disk: "100Gi",
			networks: [{ subnet: "lan" }],
		},
	},
	imageRegistry: {
		...imageRegistryDefaults,
		host: "registry",
		private: { name: "registry.viktorbarzin.me", port: 5050 },
	},
};
