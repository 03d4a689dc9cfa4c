import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseSite } from "../../../config/parse-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { Json } from "../../../world/world.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane } from "../harness/control-plane.ts";
import { TerraformFolder } from "../harness/terraform-folder.ts";
import { VaultServer } from "../harness/vault-server.ts";

/** Value of a secret that must be nowhere. */
export const canary = "canary-4711";

/** Kinds of the API server itself. */
const builtIn = /^admissionregistration\.k8s\.io\//;

/** The stack `woodpecker`, applied by the real providers to a real API server, without its charts. */
export class AppliedWoodpecker {
	readonly plane: ControlPlane;
	readonly terraform: TerraformFolder;
	readonly site: Site;
	readonly #vault: VaultServer;

	private constructor(plane: ControlPlane, vault: VaultServer, terraform: TerraformFolder, site: Site) {
		this.plane = plane;
		this.#vault = vault;
		this.terraform = terraform;
		this.site = site;
	}

	/** Starts both servers; the stack is applied by {@link apply}. */
	static async start(folder: string, patch: object = {}): Promise<AppliedWoodpecker> {
		for (const name of ["plane", "vault"]) mkdirSync(join(folder, name));
		const [plane, vault] = await Promise.all([
			ControlPlane.start(join(folder, "plane")),
			VaultServer.start(join(folder, "vault")),
		]);
		const servers = { cluster: { kubeconfig: plane.kubeconfig }, vault: { address: vault.address } };
		const site = parseSite(mergePatch(mergePatch(lab, patch), servers));
		const terraform = new TerraformFolder(join(folder, "stack"), { VAULT_TOKEN: vault.rootToken });
		terraform.write(await document(site, join(folder, "out")));
		return new AppliedWoodpecker(plane, vault, terraform, site);
	}

	/** @returns why it cannot be applied here; undefined when it was */
	async apply(): Promise<string | undefined> {
		const missing = await this.terraform.providersMissing();
		if (missing !== undefined) return missing;
		await this.#vault.must("POST", "secret/data/traefik", { data: { fullchain: canary, privkey: canary } });
		// Stacks before this one have made them.
		for (const name of this.site.woodpecker.plannedSecrets)
			await this.plane.ask("POST", "/api/v1/namespaces", { metadata: { name } });
		await this.terraform.apply();
		return undefined;
	}

	async stop(): Promise<void> {
		await Promise.all([this.plane.stop(), this.#vault.stop()]);
	}
}

/** The stack without what needs a registry of charts, or kinds of operators that do not run here. */
async function document(site: Site, outdir: string) {
	const registry = await loadRegistry(await loadSite("lab"));
	const woodpecker = await loadStack("woodpecker");
	const [stack] = new InfraApp({ site, registry, stacks: [woodpecker], outdir }).stacks;
	if (stack === undefined) throw new Error("the app has no stack");
	const { json } = stack.synthesizeOnce();
	const {
		helm_release: _,
		kubernetes_manifest: manifests,
		...others
	} = json.resource as Record<string, Json>;
	const here = Object.entries(manifests as Record<string, { manifest: { apiVersion: string } }>).filter(
		([, { manifest }]) => builtIn.test(manifest.apiVersion),
	);
	return { json: { ...json, resource: { ...others, kubernetes_manifest: Object.fromEntries(here) } } };
}
