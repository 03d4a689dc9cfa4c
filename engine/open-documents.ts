import type { InfraApp } from "../stacks/infra-app.ts";
import type { Beside, StackDocument } from "../world/world.ts";
import { findTerraform } from "./binary.ts";
import { WorkingDirectory } from "./working-directory.ts";

export interface Documents {
	/** Every document of the other world. */
	readonly all: readonly StackDocument[];
	/** Those that are to be planned. */
	readonly changed: readonly StackDocument[];
	/** What either side renders beside Terraform. */
	readonly beside: { readonly before: Beside; readonly after: Beside };
}

/**
 * Opens working folders for documents that were not built here but read, beside the site and the output of an app, which
 * is what was there before. Only for plans.
 */
export async function openDocuments(
	app: InfraApp,
	{ all, changed, beside }: Documents,
): Promise<WorkingDirectory[]> {
	const terraform = await findTerraform();
	const { outdir: output, site } = app;
	const before = { site, stacks: app.check().documents, beside: beside.before };
	const world = { site, stacks: all, beside: beside.after };
	return changed.map(
		(document) =>
			new WorkingDirectory({
				terraform,
				document,
				world,
				before,
				output,
				site: site.name,
				stateTier: app.stacks.find(({ node }) => node.id === document.stack)?.facts.stateTier ?? 1,
				verbose: false,
				env: process.env,
			}),
	);
}
