/**
 * The `infra` command on stacks of any resources on a real cluster. `DRIFT_WORLD` holds arguments by stack, type and
 * name, as JSON; `DRIFT_SITE` what is other than in the site `lab`, as a merge patch.
 */
import { TerraformResource } from "cdktf";
import { main } from "../../../cli/program.ts";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";
import { mergePatch } from "../../merge-patch.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** Rules judge what is deployed; these stacks are there to be changed by hand. */
class UnjudgedApp extends InfraApp {
	override check() {
		return { documents: super.check().documents, findings: [] };
	}
}

const world: Record<string, Record<string, Record<string, Arguments>>> = JSON.parse(
	process.env.DRIFT_WORLD ?? "{}",
);
const stacks = Object.entries(world).map(([name, types]): StackDeclaration => {
	const declaration: StackDeclaration = {
		name,
		purpose: `Stack ${name} of a test`,
		stateTier: 1,
		build: (app) => {
			const stack = new InfraStack(app, declaration);
			for (const [terraformResourceType, resources] of Object.entries(types))
				for (const [id, given] of Object.entries(resources)) {
					const resource = new TerraformResource(stack, id, { terraformResourceType });
					for (const [key, value] of Object.entries(given)) resource.addOverride(key, value);
				}
			return stack;
		},
	};
	return declaration;
});

/** Not validated again: a test's forge has no certificate. */
const site = mergePatch(await loadSite("lab"), JSON.parse(process.env.DRIFT_SITE ?? "{}")) as Site;

await main((choice) => ({
	catalogue: stacks,
	choice,
	loadSite: async () => site,
	openApp: async () => new UnjudgedApp({ site, stacks, outdir: process.env.CDKTF_OUTDIR ?? "" }),
	revision: async () => undefined,
}));
