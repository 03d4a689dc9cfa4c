import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { certifierMachine } from "../../../config/sites/vault-defaults.ts";
import { mergePatch } from "../../merge-patch.ts";

/** Public half of a pair whose private half was never stored. */
const { publicKey } = lab.mail.dns.dkim.mail as { publicKey: string };
const zoneId = "1".repeat(32);
const hostKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`;
const version = 1;
const dmarc = {
	policy: "quarantine",
	subdomainPolicy: "quarantine",
	alignment: { dkim: "relaxed", spf: "relaxed" },
	aggregateReports: ["spam@lab.example.org"],
	failureReports: ["spam@lab.example.org"],
};

/** The lab with everything that a site may have and the lab has not: what only one of them can have is as `home` has it. */
const full = mergePatch(lab, {
	network: {
		hosts: { "node-m": { address: "192.0.2.19", subnet: "nodes", purpose: "Simulated control plane" } },
		tenantHosts: { kind: "apart", domain: "apps.example.net", zoneId },
		public: home.network.public,
		subnets: { nodes: { vlan: 20 } },
	},
	dns: { ...home.dns, baseUrl: "https://api.example.net/client/v4" },
	virtualHosts: {
		...home.virtualHosts,
		"mta-sts": { records: "proxied", purpose: "Policy of mail servers" },
	},
	cluster: {
		context: "lab",
		nodes: { "node-m": { host: "node-m", controlPlane: true } },
		ingress: {
			certificate: {
				issuer: {
					kind: "acme",
					directory: "https://acme.example.net/directory",
					contact: "postmaster@lab.example.org",
					renewBefore: "30d",
				},
			},
		},
	},
	hypervisor: { pool: { reserved: { backups: "10Gi" } } },
	storage: {
		nfs: { ssh: { hostKey } },
		exports: [
			{ path: "/srv/nfs", disk: "/srv/nfs", clients: ["nodes"], squash: "no_root_squash" },
			{ path: "/srv/media", clients: ["nodes", "storage"], access: "ro", fsid: 7 },
		],
	},
	backup: { appliances: { edge: ["/cf/conf/config.xml"] }, keep: { copies: { monthly: 6 } } },
	vault: {
		address: "https://vault.lab.example.org",
		server: { kubernetesHost: null, kubernetesCa: null, ...home.vault.server },
		identity: { publicKeys: null, audiences: null, ...home.vault.identity },
		databases: home.vault.databases,
		machines: { "ci-certificate": certifierMachine },
	},
	registry: { source: home.registry.source },
	platform: {
		policyEngine: home.platform.policyEngine,
		secretsOperator: true,
		powerUserNamespaces: ["queue"],
		externalHosts: home.platform.externalHosts,
		tunnel: { ...home.platform.tunnel, origin: "192.0.2.200" },
	},
	state: {
		tier0: home.state.tier0,
		tier1: { directory: null, ...home.state.tier1, port: 5432, host: "192.0.2.201" },
	},
	redis: {
		consumers: { login: { namespace: "login", entryPoint: "master", prefix: "login:", login: true } },
	},
	mail: {
		volume: { growTo: "20Gi" },
		edge: { ssh: { hostKey }, formerTarget: "mailserver", ipv6Interface: "wan" },
		quota: { default: "1Gi", accounts: { "info@lab.example.org": "2Gi" } },
		secrets: { foreignAliases: { path: "platform", key: "mailserver_aliases", version } },
		dns: {
			delegated: { "relay._domainkey": "dkim.example.net" },
			ownership: ["owner=1"],
			mtaSts: { mode: "testing", maxAge: "14d" },
			dmarc: { percent: 50 },
		},
		domains: {
			"second.example": {
				zoneId,
				catchAll: true,
				dkimSelector: "mail",
				key: { path: "platform", key: "second_dkim_key", version },
				dns: {
					spf: { include: ["spf.example.net"], others: "softfail", reason: "Until the relay has moved." },
					dkim: { mail: { publicKey } },
					delegated: { "relay._domainkey": "dkim.example.net" },
					ownership: ["owner=1"],
					dmarc,
					tlsReports: ["spam@lab.example.org"],
				},
			},
		},
	},
	drift: home.drift,
	woodpecker: {
		certifier: "ci-certificate",
		images: { infrastructure: "registry.lab.example.org:5050/infra-ci:1" },
		registration: {
			kind: "open",
			organisations: ["operator"],
			repositoryOwners: ["operator"],
		},
	},
	acceptedRisks: home.acceptedRisks,
}) as typeof lab;

/** Sites as they are written, which rows change. */
export const baseInputs = { full, lab } as const;

export type BaseName = keyof typeof baseInputs;
