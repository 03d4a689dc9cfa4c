import { loadTenants } from "./clients/vault/load-registry.ts";
import { loadChosenSite } from "./config/load-site.ts";
import { choiceOf, outputFolder } from "./config/site-choice.js";
import { printFailure } from "./terminal/failure.ts";

// Turns off the stack trace that the engine takes for every token: they are most of the time of a synthesis.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";

try {
	const { InfraApp } = await import("./stacks/infra-app.ts");
	const { loadStacks } = await import("./stacks/catalogue.ts");
	const { warnOfLeftOut } = await import("./terminal/warn-of-left-out.ts");
	const choice = choiceOf();
	const site = await loadChosenSite(choice);
	const registry = await loadTenants(site);
	const app = new InfraApp({ site, registry, stacks: await loadStacks(), outdir: outputFolder(choice) });
	warnOfLeftOut(app);
	app.synth();
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
