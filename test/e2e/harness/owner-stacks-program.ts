/** The `infra` command on the real stacks that every owner is part of, for the site that `INFRA_SITE` names. */
import { main } from "../../../cli/program.ts";
import { loadTenants } from "../../../clients/vault/load-registry.ts";
import { loadChosenSite } from "../../../config/load-site.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";

const platform = await loadStack("platform");
const vault = await loadStack("vault");

const stacks = [vault, platform];

await main((choice) => ({
	catalogue: stacks,
	choice,
	loadSite: () => loadChosenSite(choice()),
	openApp: async (registry) => {
		const { outdir = "", ...chosen } = choice();
		const site = await loadChosenSite(chosen);
		return new InfraApp({ site, registry: registry ?? (await loadTenants(site)), stacks, outdir });
	},
	revision: async () => undefined,
}));
