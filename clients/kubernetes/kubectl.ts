import type { Site } from "../../config/schema/site.ts";
import { type ProcessResult, type Run, run } from "../host/run.ts";
import { clusterKubeconfig } from "./kubeconfig.ts";

/** The cluster of a site as options of `kubectl`. */
export function kubectlOptions({ cluster }: Pick<Site, "cluster">): string[] {
	return [
		`--kubeconfig=${clusterKubeconfig(cluster.kubeconfig)}`,
		...(cluster.context === undefined ? [] : [`--context=${cluster.context}`]),
		"--request-timeout=10s",
	];
}

/**
 * Runs `kubectl` on the cluster of a site, with its kubeconfig; a non-zero exit code is returned, not thrown.
 *
 * @param input its standard input. @default nothing
 * @param signal what the first Ctrl-C means to it
 */
export function kubectl(
	site: Pick<Site, "cluster">,
	args: readonly string[],
	input?: string,
	signal: Run["signal"] = "passed on",
): Promise<ProcessResult> {
	return run("kubectl", [...args, ...kubectlOptions(site)], { input, signal });
}
