import { defineSite } from "../schema/define-site.ts";
import { backupDefaults } from "./backup-defaults.ts";
import { homeHypervisor } from "./home-hypervisor.ts";
import { homeMail } from "./home-mail.ts";
import { ingressMiddlewares, letsEncrypt } from "./ingress-defaults.ts";
import { monitoringDefaults, monitoringEndpoints } from "./monitoring-defaults.ts";
import { newcomerTools } from "./newcomer-defaults.ts";
import { platformStackDefaults, policyEngineDefaults } from "./platform-defaults.ts";
import { redisDefaults } from "./redis-defaults.ts";
import { blockDefaults, nfsDefaults, proxmoxDefaults, storageDefaults } from "./storage-defaults.ts";
import { certifierMachine, vaultDefaults } from "./vault-defaults.ts";
import { vaultImage } from "./versions.ts";
import { woodpeckerDefaults } from "./woodpecker-defaults.ts";

/** The site `home`: the real cluster. */
export default defineSite({
	name: "home",
	description: "Kubernetes on Proxmox behind pfSense",
	network: {
		domain: "viktorbarzin.me",
		// The only domain there is: owners are people who are trusted with cookies of all of it.
		tenantHosts: { kind: "siblings" },
		public: { ipv4: "203.0.113.10", ipv6: "2001:db8::10" },
		subnets: {
			lan: { cidr: "192.168.1.0/24", gateway: "192.168.1.1", purpose: "Physical LAN" },
			management: { cidr: "10.0.10.0/24", gateway: "10.0.10.1", vlan: 10, purpose: "Hypervisor guests" },
			kubernetes: { cidr: "10.0.20.0/24", gateway: "10.0.20.1", vlan: 20, purpose: "Cluster nodes" },
			tunnel: { cidr: "10.3.2.0/24", gateway: "10.3.2.1", purpose: "WireGuard peers" },
		},
		hosts: {
			proxmox: { address: "192.168.1.127", subnet: "lan", purpose: "Hypervisor and NFS server" },
			nas: { address: "192.168.1.13", subnet: "lan", purpose: "Synology NAS: offsite tier of the backups" },
			"pfsense-wan": { address: "192.168.1.2", subnet: "lan", purpose: "Router, as the LAN sees the VLANs" },
			pfsense: { address: "10.0.20.1", subnet: "kubernetes", purpose: "Router and mail edge" },
			registry: { address: "10.0.20.10", subnet: "kubernetes", purpose: "Pull-through image cache" },
			"k8s-master": { address: "10.0.20.100", subnet: "kubernetes", purpose: "Control plane" },
			"k8s-node1": { address: "10.0.20.101", subnet: "kubernetes", purpose: "Worker with the GPU" },
			"k8s-node2": { address: "10.0.20.102", subnet: "kubernetes", purpose: "Worker" },
			"k8s-node3": { address: "10.0.20.103", subnet: "kubernetes", purpose: "Worker" },
			"k8s-node4": { address: "10.0.20.104", subnet: "kubernetes", purpose: "Worker" },
		},
		pods: "10.10.0.0/16",
		services: "10.96.0.0/12",
	},
	dns: {
		kind: "cloudflare",
		zoneId: "0".repeat(32),
		accountId: "0".repeat(32),
		tunnelId: "00000000-0000-0000-0000-000000000000",
	},
	virtualHosts: {
		vault: {
			stack: "vault",
			records: "proxied",
			purpose: "Secrets of people and machines",
			homePage: { name: "Vault", group: "Core Platform" },
		},
		mail: {
			stack: "mailserver",
			// Mail does not pass the tunnel, and the name is the mail server's too.
			records: "non-proxied",
			purpose: "Webmail client",
			homePage: { name: "Roundcube Mail", group: "Infrastructure", icon: "roundcube.png" },
		},
		autoconfig: {
			stack: "mailserver",
			records: "proxied",
			purpose: "Settings for mail programs, as Thunderbird reads them",
		},
		autodiscover: {
			stack: "mailserver",
			records: "proxied",
			purpose: "Settings for mail programs, as Outlook asks for them",
		},
		ci: {
			stack: "woodpecker",
			// Webhooks of the forge and API clients come with tokens of their own.
			records: "non-proxied",
			purpose: "CI/CD pipelines",
			homePage: { name: "Woodpecker CI", group: "Development & CI", icon: "woodpecker-ci.png" },
		},
	},
	cluster: {
		kubeconfig: "~/.kube/config",
		dns: { address: "10.96.0.10", positiveTtl: "30s", negativeTtl: "60s" },
		nodes: {
			"k8s-master": { host: "k8s-master", controlPlane: true },
			"k8s-node1": { host: "k8s-node1" },
			"k8s-node2": { host: "k8s-node2" },
			"k8s-node3": { host: "k8s-node3" },
			"k8s-node4": { host: "k8s-node4" },
		},
		ingress: {
			controller: "traefik",
			className: "traefik",
			namespace: "traefik",
			middlewares: ingressMiddlewares,
			certificate: {
				vaultPath: "traefik",
				version: 1,
				issuer: { ...letsEncrypt, contact: "postmaster@viktorbarzin.me" },
			},
		},
		// Seen from a pod of the cluster; with an overlay it would be the tunnel address of each node.
		nodePortSources: ["kubernetes"],
		nodePorts: { pushgateway: 30091, "crowdsec-syslog": 30514, frigate: 30554, netflow: 32055 },
	},
	hypervisor: homeHypervisor,
	storage: {
		...storageDefaults,
		nfs: { ...nfsDefaults, server: "proxmox", root: "/srv/nfs" },
		block: {
			...blockDefaults,
			proxmox: { ...proxmoxDefaults, host: "proxmox", verifyCertificate: false },
		},
		// The nodes reach the server through the router, which translates their addresses and ports: hence its own
		// address beside their subnet, and ports above 1023. Root must stay root: the CSI driver makes directories and
		// pods chown their files as root.
		exports: [
			{
				path: "/srv/nfs",
				disk: "/srv/nfs",
				clients: ["kubernetes", "pfsense-wan"],
				// There is a UPS and databases are on block storage, so only metadata of files is at risk.
				sync: "async",
				squash: "no_root_squash",
				secure: false,
			},
			{
				path: "/srv/nfs-ssd",
				disk: "/srv/nfs-ssd",
				clients: ["kubernetes", "pfsense-wan"],
				squash: "no_root_squash",
				secure: false,
				fsid: 1,
			},
		],
	},
	backup: {
		...backupDefaults,
		appliances: { pfsense: ["/cf/conf/config.xml"] },
		excludedNamespaces: ["dbaas", "monitoring"],
		offsite: { host: "nas", user: "Administrator", directory: "/volume1/Backup/Viki", loss: 10 },
		metricsHost: "k8s-master",
	},
	monitoring: monitoringDefaults,
	vault: {
		...vaultDefaults,
		machines: {
			...vaultDefaults.machines,
			"ci-certificate": certifierMachine,
		},
		address: "https://vault.viktorbarzin.me",
		server: {
			kind: "chart",
			chart: { repository: "https://helm.releases.hashicorp.com", chart: "vault", version: "0.34.1" },
			image: vaultImage,
			replicas: 3,
			memory: "384Mi",
			dataVolume: "2Gi",
			auditVolume: "2Gi",
			// Of four workers one has the GPU: without it, two servers would share a node when another is drained.
			toleratedTaints: ["nvidia.com/gpu"],
			unsealSecret: { name: "vault-unseal-key", key: "unseal-key" },
		},
		identity: {
			kind: "oidc",
			discoveryUrl: "https://authentik.viktorbarzin.me/application/o/vault/",
			clientId: "vault",
			clientSecret: { path: "vault", key: "authentik_client_secret", version: 1 },
			groups: ["authentik Admins", "kubernetes-namespace-owners", "kubernetes-power-users"],
			adminGroup: "authentik Admins",
			lifetime: "7d",
		},
		databases: {
			mysql: {
				host: "mysql.dbaas.svc.cluster.local",
				port: 3306,
				superuser: "root",
				password: { path: "vault", key: "dbaas_root_password", version: 1 },
				users: [
					"speedtest",
					"wrongmove",
					"codimd",
					"nextcloud",
					"shlink",
					"grafana",
					"technitium",
					"phpipam",
				],
			},
			postgresql: {
				host: "postgresql.dbaas.svc.cluster.local",
				port: 5432,
				superuser: "postgres",
				password: { path: "vault", key: "dbaas_postgresql_root_password", version: 1 },
				users: [
					"health",
					"linkwarden",
					"affine",
					"woodpecker",
					"claude_memory",
					"terraform_state",
					"payslip_ingest",
				],
			},
		},
	},
	registry: { source: { kind: "vault", path: "platform", key: "k8s_users" } },
	platform: {
		...platformStackDefaults,
		policyEngine: policyEngineDefaults,
		secretsOperator: true,
		externalHosts: { keyserver: { address: "203.0.113.20", ttl: 3600 } },
		tunnel: {
			image: "docker.io/cloudflare/cloudflared:2025.8.1",
			replicas: 3,
			origin: "10.0.20.200",
			token: { path: "platform", key: "cloudflare_tunnel_token", version: 1 },
		},
	},
	newcomer: {
		apiServer: "https://10.0.20.100:6443",
		oidc: {
			issuer: "https://authentik.viktorbarzin.me/application/o/kubernetes/",
			clientId: "kubernetes",
			scopes: ["email", "profile", "groups"],
		},
		tools: newcomerTools,
	},
	state: {
		tier0: {
			kind: "encrypted",
			directory: "state/stacks",
			// Of the operator's workstation and of the development machine: put your own in their place.
			recipients: [
				"age15eqcnc3ca88kz3ju0efcn4m3ykluujtxv56tyc69w5d9yrk3f9jss973n2",
				"age1tk36qkcmcrsykchvrxcmvu0skhdglh23ywfqkqrcl7d0da5zrpcs5da5vr",
			],
		},
		tier1: {
			kind: "postgres",
			host: "10.0.20.200",
			database: "terraform_state",
			user: "terraform_state",
			sslMode: "disable",
		},
	},
	endpoints: monitoringEndpoints,
	redis: {
		...redisDefaults,
		consumers: {
			affine: { namespace: "affine", entryPoint: "master" },
			dawarich: { namespace: "dawarich", entryPoint: "master" },
			grampsweb: { namespace: "grampsweb", entryPoint: "master", databases: [2, 3] },
			immich: { namespace: "immich", entryPoint: "legacy" },
			netbox: { namespace: "netbox", entryPoint: "master" },
			nextcloud: { namespace: "nextcloud", entryPoint: "sentinel" },
			onlyoffice: { namespace: "onlyoffice", entryPoint: "master" },
			"paperless-ngx": { namespace: "paperless-ngx", entryPoint: "master" },
			"real-estate-crawler": { namespace: "realestate-crawler", entryPoint: "master", databases: [0, 1] },
			send: { namespace: "send", entryPoint: "master" },
			traefik: { namespace: "traefik", entryPoint: "master" },
			"uptime-kuma": { namespace: "uptime-kuma", entryPoint: "sentinel", longLived: true },
			ytdlp: { namespace: "ytdlp", entryPoint: "legacy", prefix: "yt-highlights:" },
		},
	},
	mail: homeMail,
	drift: {
		accepted: { "dns TXT _acme-challenge.*": "Made and removed by each renewal of the certificate" },
	},
	woodpecker: {
		...woodpeckerDefaults,
		images: {
			...woodpeckerDefaults.images,
			infrastructure: "registry.viktorbarzin.me:5050/infra-ci:1",
		},
		forge: { kind: "forgejo", url: "https://forgejo.viktorbarzin.me" },
		// A login at the forge; replace it with your own.
		administrators: ["operator"],
		database: {
			host: "pg-cluster-rw.dbaas.svc.cluster.local",
			name: "woodpecker",
			user: "woodpecker",
			password: { kind: "rotated" },
		},
		infrastructureRepository: "platform/infra",
		certifier: "ci-certificate",
	},
	acceptedRisks: {
		"open-pushgateway":
			"The storage host has no other way to report its backups, and pfSense lets nobody but hosts of the LAN reach the nodes.",
		"unverified-hypervisor":
			"The hypervisor has a certificate of its own making; nodes reach it over pfSense alone, which answers for its address.",
		"unverified-state-database":
			"The database has no certificate; its address is inside VLAN 20, where no machine but the nodes of the cluster is.",
		"vault-without-tls":
			"A network policy lets the namespaces of its clients alone reach Vault, and TLS ends at the ingress controller.",
	},
});
