import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { externalSecretsApi } from "../../constructs/kubernetes/external-secret.ts";
import { databaseEngine } from "../../constructs/vault/database-engine.ts";
import { findProgram } from "../find-program.ts";
import { freePort } from "../free-port.ts";
import { askApi, ensure } from "../kubernetes-api.ts";
import { accountToken, installProduct } from "./install-product.ts";
import type { Product, ProductWorld } from "./product.ts";
import { productFacts } from "./product-facts.ts";
import { type ProductSource, productFileCommands, productFiles } from "./product-files.ts";

/** Namespace, account and release of the operator. */
const name = "external-secrets";

/** Role of Vault that the operator logs in with. */
const role = "eso";

const module = "github.com/external-secrets/external-secrets";

/** Where its files come from. */
export const externalSecretsSource: ProductSource = {
	tool: name,
	module,
	definitions: "config/crds/bases/*external-secrets.io_*.yaml",
	chart: "deploy/charts/external-secrets",
	name,
};

/** The operator that copies entries of Vault into Secrets. */
export const externalSecrets: Product = {
	name,
	...productFacts["external-secrets"],
	programs: [{ names: [name], build: { module: name, package: module } }],
	commands: [...productFileCommands, "unshare"],
	install: async ({ api, folder }) =>
		installProduct(api, name, await productFiles(externalSecretsSource, folder)),
	start: async (world) => {
		const live = await startOperator(world);
		const process = world.programs.run(live.program);
		await world.programs.ready(process, live.isReady);
		for (const store of siteStores(world.site, world.vaultAddress))
			await ensure(world.api, `/apis/${externalSecretsApi}/clustersecretstores`, store);
	},
	verify: async (lab) => {
		const { body } = await askApi(lab, "GET", `/apis/${externalSecretsApi}/externalsecrets`);
		const { items } = JSON.parse(body) as { items: readonly Synced[] };
		const left = items
			.filter(
				({ status }) => !status?.conditions?.some((one) => one.type === "Ready" && one.status === "True"),
			)
			.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
		return [{ claim: "every ExternalSecret has become a Secret", problem: left.join(", ") }];
	},
};

interface Synced {
	readonly metadata: { readonly namespace: string; readonly name: string };
	readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * The controller with its account's token mounted, as in its pod: it logs in with that for a store that names no
 * account. With a kubeconfig it would have none, and every refusal would be a false one.
 */
async function startOperator({ api, folder }: ProductWorld) {
	const account = join(folder, "account");
	mkdirSync(account);
	writeFileSync(join(account, "token"), await accountToken(api, name, name), { mode: 0o600 });
	copyFileSync(api.caFile, join(account, "ca.crt"));
	writeFileSync(join(account, "namespace"), name);
	const port = await freePort();
	const { hostname, port: apiPort } = new URL(api.host);
	const script = fileURLToPath(new URL("../files/as-service-account.sh", import.meta.url));
	const file = findProgram(name);
	return {
		program: {
			names: [name],
			...(file === undefined ? {} : { file }),
			prefix: ["unshare", "--map-root-user", "--mount", script, account],
			// By itself it listens on every address.
			args: ["--metrics-addr=0", `--live-addr=127.0.0.1:${port}`, "--loglevel=info"],
			env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: apiPort },
		},
		isReady: async () =>
			(await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1000) })).ok,
	};
}

/**
 * The two stores of the site, which whoever installs the operator makes (docs/runbooks/platform.md). Each logs in as
 * the operator's own account, by name and for the audience of Vault.
 */
export function siteStores({ vault }: Site, server: string): readonly object[] {
	const machine = vault.machines[role];
	if (machine === undefined)
		throw new VisibleError(`vault.machines has no ${role}: the operator cannot log in`);
	const { serviceAccount, namespace, audience } = machine;
	const kubernetes = {
		mountPath: "kubernetes",
		role,
		serviceAccountRef: { name: serviceAccount, namespace, ...(audience ? { audiences: [audience] } : {}) },
	};
	const store = (title: string, path: string, version: "v1" | "v2") => ({
		apiVersion: externalSecretsApi,
		kind: "ClusterSecretStore",
		metadata: { name: title },
		spec: { provider: { vault: { server, path, version, auth: { kubernetes } } } },
	});
	return [store(vault.secretStore, vault.kvMount, "v2"), store(vault.databaseStore, databaseEngine, "v1")];
}
