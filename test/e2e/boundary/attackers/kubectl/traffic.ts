import { loadSite } from "../../../../../config/load-site.ts";
import { ownAnnotations } from "../../../platform/own-annotations.ts";
import type { Attack } from "../../attack.ts";
import { core, kube, named, net, post } from "./requests.ts";

const protections = ownAnnotations(await loadSite("lab"));

const ingress = (host: string, annotations: object = protections) => ({
	metadata: { name: "web", annotations },
	spec: {
		rules: [
			{
				host,
				http: {
					paths: [
						{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } },
					],
				},
			},
		],
	},
});

const service = (spec: object) => named("web", { spec: { ports: [{ port: 80 }], ...spec } });

const claim = (spec: object) =>
	named("claim", {
		spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
	});

export const traffic: readonly Attack[] = [
	kube(
		"S10",
		"serves hosts of others, of the platform, or any host",
		[
			...[
				"vault.lab.example.org",
				"forum.lab.example.org",
				"*.lab.example.org",
				"shop.lab.example.org.evil.example",
			].map((host) => post(net("ingresses"), ingress(host))),
			post(
				net("ingresses"),
				named("any", { spec: { defaultBackend: { service: { name: "web", port: { number: 80 } } } } }),
			),
		],
		"serves the own host",
		[post(net("ingresses"), ingress("shop.lab.example.org"))],
	),
	kube(
		"S10",
		"serves the host of somebody who shares a namespace, in that namespace or in the own",
		["crew", "alice"].map((namespace) =>
			post(`/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, ingress("forum.lab.example.org")),
		),
		"serves the own host where nobody else is",
		[post(net("ingresses"), ingress("shop.lab.example.org"))],
	),
	kube(
		"S29",
		"serves a host without what the site puts before each: banned addresses, rates, headers",
		[
			post(net("ingresses"), ingress("shop.lab.example.org", {})),
			...Object.keys(protections)
				.filter((key) => key.startsWith("traefik."))
				.map((key) =>
					post(net("ingresses"), ingress("shop.lab.example.org", { ...protections, [key]: undefined })),
				),
		],
		"serves it with them",
		[post(net("ingresses"), ingress("shop.lab.example.org"))],
	),
	kube(
		"S18",
		"opens ports of nodes, takes addresses, that of the DNS among them, aliases other Services",
		[
			post(core("alice", "services"), service({ type: "NodePort" })),
			post(core("alice", "services"), service({ type: "NodePort", ports: [{ port: 80, nodePort: 30_091 }] })),
			post(
				core("alice", "services"),
				service({ type: "LoadBalancer", loadBalancerClass: "example.org/any" }),
			),
			post(
				core("alice", "services"),
				service({ type: "ExternalName", externalName: "vault.vault.svc.cluster.local" }),
			),
			post(core("alice", "services"), service({ externalIPs: ["10.0.20.200"] })),
			post(core("alice", "services"), service({ selector: { app: "web" }, clusterIP: "10.96.0.10" })),
		],
		"makes a Service inside the cluster, with any other address or none",
		[
			post(core("alice", "services"), service({ selector: { app: "web" } })),
			post(core("alice", "services"), service({ selector: { app: "web" }, clusterIP: "10.96.7.77" })),
			post(core("alice", "services"), service({ selector: { app: "web" }, clusterIP: "None" })),
		],
	),
	kube(
		"S12",
		"leads a Service to pods of others by endpoints of the own making",
		[
			post(
				core("alice", "endpoints"),
				named("web", { subsets: [{ addresses: [{ ip: "10.244.0.9" }], ports: [{ port: 8200 }] }] }),
			),
			post("/apis/discovery.k8s.io/v1/namespaces/alice/endpointslices", {
				metadata: { name: "web", labels: { "kubernetes.io/service-name": "web" } },
				addressType: "IPv4",
				endpoints: [{ addresses: ["10.244.0.9"] }],
			}),
			["PATCH", core("alice", "pods/runs/status"), { status: { podIP: "10.244.0.9" } }],
			[
				"PATCH",
				core("alice", "services/web/status"),
				{ status: { loadBalancer: { ingress: [{ ip: "10.0.20.200" }] } } },
			],
		],
		"lets a Service choose pods of the own",
		[post(core("alice", "services"), service({ selector: { app: "web" } }))],
	),
	kube(
		"S21",
		"makes volumes of nodes' files, of others' disks or of the NFS server, or releases those of others",
		[
			{ hostPath: { path: "/" } },
			{ nfs: { server: "10.0.0.1", path: "/srv/nfs" } },
			{ csi: { driver: "csi.proxmox.sinextra.dev", volumeHandle: "vm-1-disk-0" } },
		]
			.map((source) =>
				post(
					"/api/v1/persistentvolumes",
					named("mine", {
						spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...source },
					}),
				),
			)
			.concat([["PATCH", "/api/v1/persistentvolumes/vault-backup-host", { spec: { claimRef: null } }]]),
		"claims a volume of a class",
		[post(core("alice", "persistentvolumeclaims"), claim({ storageClassName: "proxmox-lvm" }))],
	),
	kube(
		"S21",
		"claims a static volume first: by its name, by its class, by no class, or by a class of somebody else",
		[
			claim({ storageClassName: "nfs-truenas" }),
			claim({ storageClassName: "nfs-truenas", volumeName: "vault-backup-host" }),
			claim({ storageClassName: "proxmox-lvm", volumeName: "vault-backup-host" }),
			claim({ storageClassName: "" }),
			claim({ storageClassName: "vendor-fast" }),
		].map((body) => post(core("alice", "persistentvolumeclaims"), body)),
		"claims one of the classes for everybody, encrypted ones too, or of whichever is usual",
		[
			claim({ storageClassName: "proxmox-lvm-encrypted" }),
			claim({ storageClassName: "nfs-proxmox" }),
			claim({}),
		].map((body) => post(core("alice", "persistentvolumeclaims"), body)),
	),
];
