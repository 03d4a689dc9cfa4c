import type { Changes } from "../change.ts";

export const hypervisor: Changes = {
	"hypervisor.memory": { to: "64Gi", effect: "read" },
	"hypervisor.pool.size": { to: "1024Gi", effect: "read" },
	"hypervisor.pool.reserved.backups": { to: "20Gi", effect: "read" },
	"hypervisor.bridges.vmbr0": { to: ["nodes", "loopback"], effect: "read" },
	"hypervisor.files": { to: "local-new", effect: "step" },
	"hypervisor.sshUser": { to: "root-new", effect: "connection" },
	"hypervisor.guests.user": { to: "operator-new", effect: "step" },
	"hypervisor.guests.authorizedKeys": {
		to: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"],
		effect: "step",
	},
	"hypervisor.guests.nameServers": { to: ["192.0.2.1", "192.0.2.2"], effect: "step" },
	"hypervisor.guests.searchDomain": { to: "new-lab.example.org", effect: "step" },
	"hypervisor.images.ubuntu-2404.url": {
		to: "https://cloud-images.ubuntu.com/noble/20260925/noble-server-cloudimg-amd64.img",
		effect: "replaces",
	},
	"hypervisor.images.ubuntu-2404.sha256": {
		to: "0000000000000000000000000000000000000000000000000000000000000000",
		effect: "replaces",
	},
	"hypervisor.templates.ubuntu-2404-cloudinit-k8s-template.id": { to: 2001, effect: "replaces" },
	"hypervisor.templates.ubuntu-2404-cloudinit-k8s-template.image": {
		to: "ubuntu-2604",
		effect: "step",
		with: {
			hypervisor: {
				images: {
					"ubuntu-2604": {
						url: "https://cloud-images.ubuntu.com/resolute/20260901/resolute-server-cloudimg-amd64.img",
						sha256: "1111111111111111111111111111111111111111111111111111111111111111",
					},
				},
			},
		},
	},
	"hypervisor.templates.ubuntu-2404-cloudinit-k8s-template.cores": { to: 4, effect: "in place" },
	"hypervisor.templates.ubuntu-2404-cloudinit-k8s-template.memory": { to: "4Gi", effect: "in place" },
	"hypervisor.templates.ubuntu-2404-cloudinit-k8s-template.disk": { to: "16Gi", effect: "in place" },
	"hypervisor.templates.ubuntu-2404-cloudinit-non-k8s-template.provision": {
		to: "kubernetes-node",
		effect: "step",
	},
	"hypervisor.machines.node-a.id": { to: 121, effect: "held" },
	"hypervisor.machines.node-a.purpose": { to: "Another worker", effect: "in place" },
	"hypervisor.machines.node-a.cores": { to: 4, effect: "step" },
	"hypervisor.machines.node-a.memory": { to: "8Gi", effect: "step" },
	"hypervisor.machines.node-a.disk": { to: "64Gi", effect: "step" },
	"hypervisor.machines.node-a.running": { to: false, effect: "step" },
	"hypervisor.machines.node-b.networks.0.subnet": {
		to: "loopback",
		effect: "step",
		with: {
			hypervisor: { bridges: { vmbr0: ["nodes", "loopback"] }, machines: { "node-b": { host: null } } },
		},
	},
	"hypervisor.machines.node-a.networks.0.mac": { to: "02:00:00:00:00:21", effect: "step" },
	"hypervisor.machines.node-a.host": { to: "node-m", effect: "step" },
	"hypervisor.machines.node-b.devices": { to: ["gpu", "disk"], effect: "step" },
	"hypervisor.machines.node-a.managed.startup.order": { to: 3, effect: "in place" },
	"hypervisor.machines.node-a.managed.startup.delay": { to: "60s", effect: "in place" },
	"hypervisor.machines.node-a.managed.startup.shutdownTimeout": { to: "450s", effect: "in place" },
	"hypervisor.machines.node-a.managed.template": {
		to: "ubuntu-2404-cloudinit-non-k8s-template",
		effect: "step",
	},
	"hypervisor.machines.node-b.managed.guest": { to: "l26", effect: "step" },
	"hypervisor.kubernetesNode.version": { to: "v1.35", effect: "step" },
	"hypervisor.kubernetesNode.swap": { to: "8Gi", effect: "step" },
	"hypervisor.kubernetesNode.shutdown.pods.0.priority": { to: 1, effect: "step" },
	"hypervisor.kubernetesNode.shutdown.pods.0.grace": { to: "40s", effect: "step" },
	"hypervisor.kubernetesNode.shutdown.kubeletStop": { to: "410s", effect: "step" },
	"hypervisor.kubernetesNode.shutdown.inhibitDelay": { to: "500s", effect: "step" },
	"hypervisor.imageRegistry.host": { to: "nas", effect: "step" },
	"hypervisor.imageRegistry.images.registry": { to: "docker.io/library/registry:3.0.1", effect: "step" },
	"hypervisor.imageRegistry.images.nginx": {
		to: "docker.io/library/nginx:1.28.1-alpine",
		effect: "step",
	},
	"hypervisor.imageRegistry.images.ui": {
		to: "docker.io/joxit/docker-registry-ui:2.5.8",
		effect: "step",
	},
	"hypervisor.imageRegistry.caches.dockerhub.registry": { to: "quay.io", effect: "step" },
	"hypervisor.imageRegistry.caches.dockerhub.remote": {
		to: "https://new-registry-1.docker.io",
		effect: "step",
	},
	"hypervisor.imageRegistry.caches.dockerhub.port": { to: 5001, effect: "step" },
	"hypervisor.imageRegistry.private.name": { to: "new-registry.lab.example.org", effect: "step" },
	"hypervisor.imageRegistry.private.port": { to: 5051, effect: "step" },
	"hypervisor.imageRegistry.uiPort": { to: 8081, effect: "step" },
};
