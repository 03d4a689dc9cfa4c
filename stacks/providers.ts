import { HelmProvider } from "@cdktf/provider-helm/lib/provider/index.js";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider/index.js";
import { VaultProvider } from "@cdktf/provider-vault/lib/provider/index.js";
import type { TerraformProvider } from "cdktf";
import type { Construct } from "constructs";
import type { Site } from "../config/schema/site.ts";
import { fromStackFolder } from "../constructs/stack-folder.ts";

interface Provider {
	/** Version constraint; bindings pin an older exact version, which this replaces. */
	readonly version: string;
	/** Address in the registry. @default `hashicorp/<name>` */
	readonly source?: string;
	readonly create: (scope: Construct, site: Site) => TerraformProvider;
}

const cluster = ({ cluster }: Site) => ({
	configPath: fromStackFolder(cluster.kubeconfig),
	...(cluster.context === undefined ? {} : { configContext: cluster.context }),
});

/** How each provider is configured, by the name that resource types begin with. */
export const providers: Readonly<Record<string, Provider>> = {
	kubernetes: {
		version: "~> 2.38",
		create: (scope, site) => new KubernetesProvider(scope, "kubernetes", cluster(site)),
	},
	helm: {
		version: "~> 3.1",
		create: (scope, site) => new HelmProvider(scope, "helm", { kubernetes: cluster(site) }),
	},
	vault: {
		version: "~> 5.10",
		create: (scope, { vault }) =>
			new VaultProvider(scope, "vault", { address: vault.address, skipChildToken: true }),
	},
};
