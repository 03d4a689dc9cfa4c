import { exportTable } from "../../constructs/storage/exports/export-table.ts";
import { renderExports } from "../../constructs/storage/exports/render-exports.ts";
import type { Project } from "../../engine/project.ts";
import { PolicyError } from "../../rules/finding.ts";
import { nfsShares } from "../../world/nfs-shares.ts";
import type { Proposal } from "./assess.ts";

/**
 * What the site wants its NFS server to export, and who in the stacks depends on it.
 *
 * @throws PolicyError when the world is not sound: a volume that no export covers is among the reasons
 */
export async function siteExports(project: Project, confirmed: readonly string[] = []) {
	const app = await project.openApp();
	const { site } = app;
	const { documents, findings } = app.check();
	const errors = findings.filter(({ severity }) => severity === "error");
	if (errors.length > 0) throw new PolicyError(errors);
	const proposal = {
		text: renderExports(site),
		source: `site ${site.name}`,
		model: exportTable(site),
		consumers: nfsShares({ site, stacks: documents }).map(({ path, resource }) => ({
			path,
			construct: resource.path,
		})),
		confirmed,
	} satisfies Proposal;
	return { site, proposal };
}
