import type { Project } from "../../engine/project.ts";
import { print } from "../../terminal/output.ts";
import type { Change } from "../owners/change-registry.ts";

/** The registry of the site. @param file with one that is read instead */
export async function load(project: Project, file?: string) {
	const [{ loadRegistry }, { withRegistryFile }, site] = await Promise.all([
		import("../../clients/vault/load-registry.ts"),
		import("../../config/load-site.ts"),
		project.loadSite(),
	]);
	return loadRegistry(file === undefined ? site : withRegistryFile(site, file));
}

/** Changes the registry of the site, and prints what was done. */
export async function apply(project: Project, change: Change, done: string) {
	const [{ changeRegistry }, { registryStore }] = await Promise.all([
		import("../owners/change-registry.ts"),
		import("../owners/registry-store.ts"),
	]);
	const store = registryStore(await project.loadSite());
	const changed = await changeRegistry(store, change);
	print(changed.written ? `${done}: ${store.name}` : `nothing to change in ${store.name}`);
	return changed;
}

/** Modules of the subcommands that change the registry, loaded when one runs: the help text of `infra` stays fast. */
export async function loadCommands() {
	const [edits, entries] = await Promise.all([
		import("../owners/edits.ts"),
		import("../owners/entry-from-options.ts"),
	]);
	return { ...edits, ...entries };
}
