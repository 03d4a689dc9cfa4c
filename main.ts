import { loadTenants } from "./clients/vault/load-registry.ts";
import { loadSite } from "./config/load-site.ts";
import { outputFolder } from "./config/output-folder.js";

// Read at every token that is made: a creation stack each is most of the time of a synthesis.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";

const { InfraApp } = await import("./stacks/infra-app.ts");
const { loadStacks } = await import("./stacks/catalogue.ts");
const { printFailure } = await import("./terminal/failure.ts");
const { warnOfLeftOut } = await import("./terminal/warn-of-left-out.ts");

try {
	const site = await loadSite();
	const registry = await loadTenants(site);
	const app = new InfraApp({ site, registry, stacks: await loadStacks(), outdir: outputFolder() });
	warnOfLeftOut(app);
	app.synth();
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
