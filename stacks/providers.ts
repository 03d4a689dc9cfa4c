import { CloudflareProvider } from "@cdktf/provider-cloudflare/lib/provider/index.js";
import { HelmProvider } from "@cdktf/provider-helm/lib/provider/index.js";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider/index.js";
import { ProxmoxProvider } from "@cdktf/provider-proxmox/lib/provider/index.js";
import { VaultProvider } from "@cdktf/provider-vault/lib/provider/index.js";
import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../config/schema/defined.ts";
import type { Site } from "../config/schema/site.ts";
import { fromStackFolder } from "../constructs/stack-folder.ts";
import { literal } from "../world/literal.ts";

interface Provider {
	/** Version constraint; bindings pin an older exact version, which this replaces. */
	readonly version: string;
	/** Address in the registry. @default `hashicorp/<name>` */
	readonly source?: string;
	readonly create: (scope: Construct, site: Site) => TerraformProvider;
}

const cluster = ({ cluster }: Site) => ({
	configPath: fromStackFolder(cluster.kubeconfig),
	...defined({ configContext: cluster.context }),
});

/** Configuration of each provider, by the prefix of its resource types. */
export const providers: Readonly<Record<string, Provider>> = {
	kubernetes: {
		version: "~> 3.2",
		create: (scope, site) => new KubernetesProvider(scope, "kubernetes", cluster(site)),
	},
	helm: {
		version: "~> 3.1",
		create: (scope, site) => new HelmProvider(scope, "helm", { kubernetes: cluster(site) }),
	},
	vault: {
		version: "~> 5.11",
		create: (scope, { vault }) =>
			new VaultProvider(scope, "vault", { address: literal(vault.address), skipChildToken: true }),
	},
	// The token is in CLOUDFLARE_API_TOKEN.
	cloudflare: {
		version: "~> 5.14",
		source: "cloudflare/cloudflare",
		create: (scope, { dns }) =>
			new CloudflareProvider(
				scope,
				"cloudflare",
				dns.kind === "cloudflare" && dns.baseUrl !== undefined ? { baseUrl: dns.baseUrl } : {},
			),
	},
	// The token is in PROXMOX_VE_API_TOKEN, the SSH key in the user's agent.
	proxmox: {
		version: "~> 0.111",
		source: "bpg/proxmox",
		create: (scope, { hypervisor, network, storage }) => {
			const { host, port, zone, verifyCertificate } = storage.block.proxmox;
			const address = network.hosts[host]?.address ?? "";
			return new ProxmoxProvider(scope, "proxmox", {
				endpoint: `https://${address}:${port}/`,
				insecure: !verifyCertificate,
				// Snippets are uploaded by SSH, since the API does not accept them.
				ssh: { agent: true, username: hypervisor.sshUser, nodeAttribute: [{ name: zone, address }] },
			});
		},
	},
};
