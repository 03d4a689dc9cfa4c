import type { SiteInput } from "../schema/site.ts";
import { vaultAudience } from "../schema/vault.ts";
import { vaultImage } from "./versions.ts";

/** Who renews the certificate of a site whose issuer is an authority. */
export const certifierMachine = {
	serviceAccount: "infrastructure-certificate",
	namespace: "woodpecker-infra",
	policy: "ci-certificate",
	audience: vaultAudience,
	lifetime: "1h",
	renewable: false,
} as const;

/** Settings that the sites `home` and `lab` share. */
export const vaultDefaults = {
	kvMount: "secret",
	secretStore: "vault-kv",
	databaseStore: "vault-database",
	backup: {
		schedule: "0 2 * * 0",
		retention: "30d",
		capacity: "5Gi",
		image: vaultImage,
	},
	limits: { versions: 10, ownerRequests: 300 },
	encryptedStates: ["storage", "vault", "platform"],
	// Lifetimes differ by a day or more: tokens that expire together once took Vault down with their renewal.
	machines: {
		"ci-infra": {
			serviceAccount: "infrastructure",
			namespace: "woodpecker-infra",
			policy: "ci-infra",
			audience: "vault",
			lifetime: "1h",
			renewable: false,
		},
		"ci-plan": {
			serviceAccount: "infrastructure-plan",
			namespace: "woodpecker-infra",
			policy: "ci-plan",
			audience: "vault",
			lifetime: "1h",
			renewable: false,
		},
		"woodpecker-sync": {
			serviceAccount: "woodpecker-secret-sync",
			namespace: "woodpecker",
			policy: "woodpecker-sync",
			audience: vaultAudience,
			lifetime: "8d",
		},
		openclaw: {
			serviceAccount: "openclaw",
			namespace: "openclaw",
			policy: "openclaw-k8s",
			lifetime: "9d",
		},
		eso: {
			serviceAccount: "external-secrets",
			namespace: "external-secrets",
			policy: "eso-reader",
			audience: vaultAudience,
			lifetime: "10d",
		},
		"terraform-state": {
			serviceAccount: "default",
			namespace: "claude-agent",
			policy: "terraform-state",
			lifetime: "6d",
		},
	},
	issuedTokens: {
		"dashboard-admin": {
			serviceAccount: "kubernetes-dashboard",
			namespace: "kubernetes-dashboard",
			lifetime: "1h",
			longest: "24h",
		},
		openclaw: { serviceAccount: "openclaw", namespace: "openclaw", lifetime: "1h", longest: "24h" },
	},
	readers: {
		"ci-infra": [
			"authentik",
			"ci",
			"platform",
			"proxmox-csi",
			"proxmox-csi-encryption",
			"traefik",
			"vault",
			"viktor",
			"webhook-handler",
			"woodpecker",
		],
		"ci-plan": ["platform", "proxmox-csi", "proxmox-csi-encryption", "traefik"],
		"eso-reader": ["platform", "redis", "viktor", "woodpecker"],
		"openclaw-k8s": ["openclaw"],
	},
} satisfies Partial<SiteInput["vault"]>;
