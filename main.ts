import { loadSite } from "./config/load-site.ts";

// Read at every token that is made: a creation stack each is most of the time of a synthesis.
process.env.CDKTN_DISABLE_CREATION_STACK = "1";

const { InfraApp } = await import("./stacks/infra-app.ts");
const { stacks } = await import("./stacks/index.ts");
const { printFailure } = await import("./cli/failure.ts");

try {
	new InfraApp({ site: await loadSite(), stacks }).synth();
} catch (error) {
	printFailure(error);
	process.exitCode = 1;
}
