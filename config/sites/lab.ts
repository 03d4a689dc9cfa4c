import { defineSite } from "../schema/define-site.ts";
import { backupDefaults } from "./backup-defaults.ts";
import { ingressMiddlewares } from "./ingress-defaults.ts";
import { labHypervisor } from "./lab-hypervisor.ts";
import { dmarcDefaults, mailDefaults, probeDefaults, webmailDefaults } from "./mail-defaults.ts";
import { monitoringDefaults, monitoringEndpoints } from "./monitoring-defaults.ts";
import { newcomerTools } from "./newcomer-defaults.ts";
import { platformStackDefaults } from "./platform-defaults.ts";
import { redisDefaults } from "./redis-defaults.ts";
import { blockDefaults, nfsDefaults, proxmoxDefaults, storageDefaults } from "./storage-defaults.ts";
import { vaultDefaults } from "./vault-defaults.ts";
import { woodpeckerDefaults } from "./woodpecker-defaults.ts";

/** Public key of a dummy pair; its private half was never stored. */
const labSigner = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzF4kYyork3bdsDWACeThCaoyBZI+
19wB4AQ7K/ibmrOOCC7ofzjzWQ2kGAqlM7Cbb+GwyAATy+/IX7VrFBNd+w==
-----END PUBLIC KEY-----
`;

/** Public key of a dummy pair; its private half was never stored. */
const mailSigner = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlvyvs1+VY4CEYixDGCOv
rXHOas9DluU7AxHzc2PwHerrv9RwSSJWvVx/4qEhtnEHufpV4WJC2EQKgMHw3qpL
9MN2WANW5pprqwH8r399oCO43q6t/Y7UZ9CfGoYBuIpz4zluNFyz9tKH8WRpVBpD
LROxb7Xji8OrVnanYgqdZjaV5kkz0nRWwayqlOdZcxoNFyzUOJ7DOKjvCAz/yPdZ
XwqG0PT0zHHZ4kz4SwJpiLkFx6WTO+bQhCQTvchEoRvxUTlySKPaLT7EJvFkOX/1
ftx/aGBXVyTE1tr+mbHLxNVSz2DmQsrfpZlK97ypejyWcMNfVpuQU9dR1JRWnibb
HQIDAQAB
-----END PUBLIC KEY-----
`;

/** A world on loopback and documentation addresses: no credential, nothing outside the machine. */
export default defineSite({
	name: "lab",
	description: "Loopback world for trying every stack without a credential",
	network: {
		domain: "lab.example.org",
		tenantHosts: { kind: "siblings" },
		subnets: {
			nodes: { cidr: "192.0.2.0/24", gateway: "192.0.2.1", purpose: "Simulated nodes" },
			loopback: { cidr: "127.0.0.0/8", purpose: "Everything that really listens" },
		},
		hosts: {
			storage: { address: "127.0.0.1", subnet: "loopback", purpose: "Stands in for the NFS server" },
			nas: { address: "192.0.2.21", subnet: "nodes", purpose: "Simulated second place of the backups" },
			registry: { address: "192.0.2.10", subnet: "nodes", purpose: "Simulated registry" },
			edge: { address: "192.0.2.1", subnet: "nodes", purpose: "Simulated router and mail edge" },
			"node-a": { address: "192.0.2.11", subnet: "nodes", purpose: "Simulated worker" },
			"node-b": { address: "192.0.2.12", subnet: "nodes", purpose: "Simulated worker" },
			"node-c": { address: "192.0.2.13", subnet: "nodes", purpose: "Simulated worker" },
		},
		pods: "198.51.100.0/24",
		services: "10.96.0.0/16",
	},
	dns: { kind: "none" },
	virtualHosts: {
		vault: { stack: "vault", records: "none", purpose: "Secrets of people and machines" },
		mail: { stack: "mailserver", records: "none", purpose: "Webmail client" },
		ci: { stack: "woodpecker", records: "none", purpose: "CI/CD pipelines" },
	},
	cluster: {
		kubeconfig: ".lab/kubeconfig",
		dns: { address: "10.96.0.10", positiveTtl: "30s", negativeTtl: "60s" },
		nodes: { "node-a": { host: "node-a" }, "node-b": { host: "node-b" }, "node-c": { host: "node-c" } },
		ingress: {
			controller: "traefik",
			className: "traefik",
			namespace: "traefik",
			middlewares: ingressMiddlewares,
			certificate: { vaultPath: "traefik", version: 1, issuer: { kind: "none" } },
		},
		nodePortSources: ["nodes", "198.51.100.1/32"],
		nodePorts: { pushgateway: 30091 },
	},
	hypervisor: labHypervisor,
	storage: {
		...storageDefaults,
		nfs: { ...nfsDefaults, server: "storage", root: "/srv/nfs" },
		block: {
			...blockDefaults,
			proxmox: { ...proxmoxDefaults, host: "storage", verifyCertificate: false },
		},
		exports: [
			{ path: "/srv/nfs", clients: ["nodes"], squash: "no_root_squash" },
			{ path: "/srv/media", clients: ["nodes", "storage"], access: "ro", fsid: 7 },
		],
	},
	backup: {
		...backupDefaults,
		appliances: {},
		excludedNamespaces: ["timeseries"],
		offsite: { host: "nas", user: "backup", directory: "/backup", loss: 10 },
		metricsHost: "node-a",
	},
	monitoring: monitoringDefaults,
	vault: {
		...vaultDefaults,
		address: "http://127.0.0.1:8200",
		// A development server on loopback takes the place of the chart's.
		server: {
			kind: "external",
			kubernetesHost: "https://127.0.0.1:16443",
			kubernetesCa: "-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n",
		},
		// No identity provider: tokens signed with this key are accepted.
		identity: {
			kind: "keys",
			publicKeys: [labSigner],
			audiences: ["vault"],
			groups: [],
			adminGroup: "authentik Admins",
			lifetime: "7d",
		},
		databases: {},
	},
	registry: { source: { kind: "file", path: "config/registry/lab.json" } },
	platform: platformStackDefaults,
	newcomer: {
		apiServer: "https://127.0.0.1:16443",
		oidc: {
			issuer: "https://login.lab.example.org/application/o/kubernetes/",
			clientId: "kubernetes",
			scopes: ["email", "profile", "groups"],
		},
		tools: newcomerTools,
	},
	state: {
		tier0: { kind: "local", directory: "state/lab" },
		tier1: { kind: "local", directory: "state/lab" },
	},
	endpoints: monitoringEndpoints,
	redis: {
		...redisDefaults,
		consumers: {
			queue: { namespace: "queue", entryPoint: "master", databases: [0, 1] },
			chat: { namespace: "chat", entryPoint: "sentinel", longLived: true },
			photos: { namespace: "photos", entryPoint: "legacy" },
		},
	},
	mail: {
		...mailDefaults,
		clients: ["monitoring"],
		edge: { ...mailDefaults.edge, proxy: "edge" },
		accounts: ["me@lab.example.org", "spam@lab.example.org", "info@lab.example.org"],
		aliases: {
			"postmaster@lab.example.org": ["me@lab.example.org"],
			"team@lab.example.org": ["me@lab.example.org", "somebody@example.net"],
		},
		catchAll: "spam@lab.example.org",
		probe: {
			...probeDefaults,
			sender: "monitoring@lab.example.org",
			recipient: "smoke-test@lab.example.org",
		},
		webmail: webmailDefaults,
		dns: {
			spf: { include: ["spf.example.net"], others: "fail" },
			dkim: { mail: { publicKey: mailSigner } },
			dmarc: {
				...dmarcDefaults,
				aggregateReports: ["postmaster@lab.example.org"],
				failureReports: ["postmaster@lab.example.org"],
			},
			tlsReports: ["postmaster@lab.example.org"],
		},
	},
	woodpecker: {
		...woodpeckerDefaults,
		forge: { kind: "forgejo", url: "https://forgejo.example.org" },
		administrators: ["operator"],
		database: {
			host: "postgresql.dbaas.svc.cluster.local",
			name: "woodpecker",
			user: "woodpecker",
			// No server here that Vault could rotate passwords of; `infra lab` brings one.
			password: { kind: "kept", path: "woodpecker", key: "database_password" },
		},
		infrastructureRepository: "operator/infra",
	},
	acceptedRisks: {
		"open-pushgateway": "Everything of the lab is on loopback, and no pod runs.",
		"unverified-hypervisor": "The lab has no hypervisor: nobody is asked.",
	},
});
