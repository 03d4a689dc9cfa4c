import type { StackFacts } from "../../stacks/declaration.ts";
import type { InfraApp } from "../../stacks/infra-app.ts";
import { findTerraform } from "./binary.ts";
import { WorkingDirectory } from "./working-directory.ts";

/** Synthesises all stacks, so that every rule has passed, and opens the folders of those that are selected. */
export async function openStacks(
	app: InfraApp,
	selected: readonly StackFacts[],
	{ verbose }: { readonly verbose: boolean },
): Promise<WorkingDirectory[]> {
	const terraform = await findTerraform();
	app.synth();
	const { outdir: output, site } = app;
	const tiers = new Map<string, 0 | 1>(selected.map(({ name, stateTier }) => [name, stateTier]));
	return app.check().documents.flatMap((document) => {
		const stateTier = tiers.get(document.stack);
		return stateTier === undefined
			? []
			: [new WorkingDirectory({ terraform, document, output, site: site.name, stateTier, verbose })];
	});
}
