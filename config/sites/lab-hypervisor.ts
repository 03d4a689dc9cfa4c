import type { SiteInput } from "../schema/site.ts";
import { hypervisorDefaults, imageRegistryDefaults } from "./hypervisor-defaults.ts";

const worker = { cores: 2, memory: "4Gi", disk: "32Gi", purpose: "Simulated worker" };
const startup = { order: 2, delay: "30s", shutdownTimeout: "420s" };
const template = "ubuntu-2404-cloudinit-k8s-template";

/** A hypervisor that does not exist, with one machine of every kind. The key is a dummy. */
export const labHypervisor: SiteInput["hypervisor"] = {
	...hypervisorDefaults,
	memory: "32Gi",
	pool: { size: "512Gi" },
	bridges: { vmbr0: ["nodes"] },
	sshUser: "root",
	guests: {
		user: "operator",
		authorizedKeys: [
			"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA nobody",
		],
		nameServers: ["192.0.2.1"],
		searchDomain: "lab.example.org",
	},
	machines: {
		registry: {
			id: 110,
			purpose: "Simulated registry",
			cores: 2,
			memory: "2Gi",
			disk: "32Gi",
			networks: [{ subnet: "nodes", mac: "02:00:00:00:00:10" }],
			host: "registry",
			managed: {
				template: "docker-registry-template",
				startup: { order: 1, delay: "60s", shutdownTimeout: "120s" },
			},
		},
		"node-a": {
			...worker,
			id: 111,
			networks: [{ subnet: "nodes", mac: "02:00:00:00:00:11" }],
			host: "node-a",
			managed: { template, startup },
		},
		"node-b": {
			...worker,
			id: 112,
			networks: [{ subnet: "nodes", mac: "02:00:00:00:00:12" }],
			host: "node-b",
			devices: ["gpu"],
			managed: { startup, guest: "other" },
		},
		"node-c": { ...worker, id: 113, networks: [{ subnet: "nodes" }], host: "node-c" },
	},
	imageRegistry: {
		...imageRegistryDefaults,
		host: "registry",
		private: { name: "registry.lab.example.org", port: 5050 },
	},
};
