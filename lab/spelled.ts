import { homedir } from "node:os";
import { join, relative } from "node:path";
import { projectRoot } from "../config/project-root.ts";

/** A path as a site states it: relative to the project if it lies in it, with `~` if it lies in the user's home. */
export function spelled(path: string, { project = projectRoot, home = homedir() } = {}): string {
	const [inProject, inHome] = [relative(project, path), relative(home, path)];
	if (!inProject.startsWith("..")) return inProject;
	return inHome.startsWith("..") ? path : join("~", inHome);
}
