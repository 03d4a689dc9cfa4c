import { homedir } from "node:os";
import { resolve } from "node:path";
import { projectRoot } from "../../config/project-root.ts";

/**
 * The kubeconfig of a site as a path of this machine: it is written relative to the project, or to `~`.
 *
 * @param home what `~` stands for. @default that of this process
 */
export function clusterKubeconfig(path: string, home = homedir()): string {
	return resolve(
		projectRoot,
		path.replace(/^~(?=\/)/, () => home),
	);
}
