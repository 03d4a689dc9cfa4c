import { join } from "node:path";
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
	const names = new Set<string>(selected.map(({ name }) => name));
	return app
		.check()
		.documents.filter(({ stack }) => names.has(stack))
		.map((document) => {
			const folder = join(app.outdir, "stacks", document.stack);
			return new WorkingDirectory({ terraform, document, folder, verbose });
		});
}
