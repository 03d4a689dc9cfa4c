import { homedir } from "node:os";
import { resolve } from "node:path";
import { projectRoot } from "../../config/project-root.ts";

/** The kubeconfig of a site as a path of this machine: it is written relative to the project, or to `~`. */
export function clusterKubeconfig(path: string): string {
	return resolve(projectRoot, path.replace(/^~(?=\/)/, homedir()));
}
