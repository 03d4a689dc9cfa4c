import { join, resolve } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { outputFolder } from "../../config/site-choice.js";
import type { Project } from "../../engine/project.ts";
import { selectStacks } from "../../engine/stack-selection.ts";
import type { PlaceOfState } from "../../engine/state/locked-state.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/**
 * Where the state of a stack is kept, without building the stacks: that may need a Vault that is lost.
 *
 * @throws UsageError for an unknown stack
 */
export async function placeOfState(project: Project, name: string): Promise<PlaceOfState> {
	const [facts] = selectStacks(project.catalogue, [name]);
	if (facts === undefined) throw new UsageError(`no such stack: ${name}`);
	const [site, { stateSection }, { stateBackend }] = await Promise.all([
		project.loadSite(),
		import("../../stacks/state-section.ts"),
		import("../../stacks/state-backend.ts"),
	]);
	const choice = project.choice();
	const output = resolve(projectRoot, choice.outdir ?? outputFolder(choice));
	const section = stateSection(site, facts);
	const stackFolder = join(output, "stacks", name);
	const commit = await project.revision();
	const { tier0 } = site.state;
	return {
		section,
		stack: name,
		stackFolder,
		folder: resolve(stackFolder, section.folder),
		commit,
		stateTier: facts.stateTier,
		backend: stateBackend(site, facts),
		recipients: tier0.kind === "encrypted" ? tier0.recipients : undefined,
	};
}

/** The same for a state that is kept encrypted. @throws UsageError for every other one */
export async function encryptedStateOf(project: Project, name: string): Promise<PlaceOfState> {
	const place = await placeOfState(project, name);
	if (place.section.encryption === undefined)
		throw new UsageError(
			`stack ${name} of site ${place.section.site} does not keep its state encrypted in files`,
			"its backend has the means for that: pg_dump and psql of its schema, or the files themselves",
		);
	return place;
}
