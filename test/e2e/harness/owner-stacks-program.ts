/** The `infra` command on the real stacks that every owner is part of, for the site that `INFRA_SITE` names. */
import { main } from "../../../cli/program.ts";
import { loadTenants } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";

const platform = await loadStack("platform");
const vault = await loadStack("vault");

const stacks = [vault, platform];

await main({
	catalogue: stacks,
	loadSite,
	openApp: async (registry) => {
		const site = await loadSite();
		const outdir = process.env.CDKTF_OUTDIR ?? "";
		return new InfraApp({ site, registry: registry ?? (await loadTenants(site)), stacks, outdir });
	},
});
