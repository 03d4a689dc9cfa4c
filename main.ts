import { loadTenants } from "./clients/vault/load-registry.ts";
import { loadSite } from "./config/load-site.ts";
import { outputFolder } from "./config/output-folder.js";
import { printFailure } from "./terminal/failure.ts";

// Turns off the stack trace that the engine takes for every token: they are most of the time of a synthesis.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";

try {
	const { InfraApp } = await import("./stacks/infra-app.ts");
	const { loadStacks } = await import("./stacks/catalogue.ts");
	const { warnOfLeftOut } = await import("./terminal/warn-of-left-out.ts");
	const site = await loadSite();
	const registry = await loadTenants(site);
	const app = new InfraApp({ site, registry, stacks: await loadStacks(), outdir: outputFolder() });
	warnOfLeftOut(app);
	app.synth();
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
