import { homedir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** The kubeconfig of a site as a path of this machine: it is written relative to the project, or to `~`. */
export function clusterKubeconfig(path: string): string {
	return resolve(project, path.replace(/^~(?=\/)/, homedir()));
}
