import { besideTerraform } from "../../../cli/affected/beside-terraform.ts";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseSite } from "../../../config/parse-site.ts";
import { ConfigError } from "../../../config/schema/problem.ts";
import type { Site } from "../../../config/schema/site.ts";
import { VisibleError } from "../../../config/schema/visible-error.ts";
import { BuildError } from "../../../stacks/build-error.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import type { World } from "../../../world/world.ts";

const stacks = await loadStacks();
const registry = await loadRegistry(await loadSite("lab"));

/** The world of a site, or what its reader is told when it is refused before any plan. */
export function worldOf(input: unknown, outdir: string): World | string {
	let site: Site;
	try {
		site = parseSite(input);
		const app = new InfraApp({ site, registry, stacks, outdir });
		const { documents, findings } = app.check();
		const error = findings.find(({ severity }) => severity === "error");
		if (error !== undefined) return `${error.path} ${error.argument} [${error.rule}]: ${error.message}`;
		return { site, stacks: documents, beside: besideTerraform(site) };
	} catch (error) {
		if (error instanceof ConfigError) {
			const [first] = error.problems;
			return `${first?.path}: ${first?.message}`;
		}
		const reason = error instanceof BuildError ? error.cause : error;
		if (reason instanceof VisibleError) return reason.message;
		throw error;
	}
}
