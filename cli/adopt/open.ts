import { findTerraform, isOpenTofu } from "../../engine/binary.ts";
import { openStacks } from "../../engine/open-stacks.ts";
import type { Project } from "../../engine/project.ts";
import { selectStacks } from "../../engine/stack-selection.ts";
import { objectsOf } from "../../engine/state/rewrite/move-objects.ts";
import { parseState } from "../../engine/state/rewrite/state-document.ts";
import type { WorkingDirectory } from "../../engine/working-directory.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { World } from "../../world/world.ts";
import { type ChosenMaps, chosenMaps } from "./chosen-maps.ts";
import { ownState } from "./own-state.ts";

export interface Opened {
	/** Host of the registry that its states name. */
	readonly registry: string;
	readonly stacks: readonly WorkingDirectory[];
	/** All stacks of the site, those that were not chosen included. */
	readonly world: World;
	/** Folder of the site's output. */
	readonly output: string;
}

/** Synthesises, and opens the folders of stacks; all of them when none is named. */
export async function openForAdoption(project: Project, names: readonly string[]): Promise<Opened> {
	const app = await project.openApp();
	const terraform = await findTerraform();
	const stacks = await openStacks(app, selectStacks(project.catalogue, names), { verbose: false });
	const [first] = stacks;
	if (first === undefined) throw new UsageError("there is no stack");
	const registry = isOpenTofu(terraform) ? "registry.opentofu.org" : "registry.terraform.io";
	return { registry, stacks, world: first.world, output: app.outdir };
}

/** Objects that stacks have in their own states, as `stack address`. */
export async function heldObjects(stacks: readonly WorkingDirectory[]): Promise<ReadonlySet<string>> {
	const held = new Set<string>();
	for (const stack of stacks)
		await stack.held(async () => {
			await stack.init({ backend: true });
			const text = await ownState(stack);
			for (const address of text === "" ? [] : objectsOf(parseState(text)))
				held.add(`${stack.document.stack} ${address}`);
		});
	return held;
}

/** The maps, and the folders of the stacks that have one, in the order in which they are applied. */
export async function openMaps(
	project: Project,
	folder: string,
	names: readonly string[],
): Promise<{
	readonly opened: Opened;
	readonly maps: ChosenMaps;
	readonly stacks: readonly WorkingDirectory[];
}> {
	const opened = await openForAdoption(project, names);
	const maps = chosenMaps(folder, opened.world.site.name);
	const unknown = [...maps.stacks.keys()].find(
		(stack) => !project.catalogue.some(({ name }) => name === stack),
	);
	if (unknown !== undefined) throw new UsageError(`${folder}/${unknown}.yaml: there is no stack ${unknown}`);
	return { opened, maps, stacks: opened.stacks.filter(({ document }) => maps.stacks.has(document.stack)) };
}
