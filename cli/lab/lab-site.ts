import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { SiteInput } from "../../config/schema/site.ts";
import lab from "../../config/sites/lab.ts";
import type { ControlPlaneFiles } from "./control-plane.ts";
import { labFolder, project } from "./lab-state.ts";

/** A chart of this repository in the place of one that the lab cannot reach: the same release, an idle workload. */
const standIn = (name: string) => ({ chart: `./cli/lab/charts/${name}`, version: "1.0.0" });

/**
 * The site `lab` with the addresses that this lab got. Three things are not as they would be elsewhere: no machine is
 * made, because there is no hypervisor; drivers are stand-ins; and the server of Vault is outside the cluster.
 */
export function labSite(files: ControlPlaneFiles, vaultAddress: string): SiteInput {
	const states = relative(project, join(labFolder, "state"));
	return {
		...lab,
		cluster: { ...lab.cluster, kubeconfig: relative(project, files.kubeconfig) },
		hypervisor: {
			...lab.hypervisor,
			images: {},
			templates: {},
			machines: Object.fromEntries(
				Object.entries(lab.hypervisor.machines).map(([name, { managed: _, ...machine }]) => [name, machine]),
			),
		},
		storage: {
			...lab.storage,
			charts: {
				proxmoxCsi: standIn("stand-in"),
				nfsCsi: standIn("csi-driver-nfs"),
				autoresizer: standIn("stand-in"),
			},
		},
		woodpecker: { ...lab.woodpecker, chart: standIn("stand-in") },
		vault: {
			...lab.vault,
			address: vaultAddress,
			server: {
				kind: "external",
				kubernetesHost: files.host,
				kubernetesCa: readFileSync(files.caFile, "utf8"),
			},
		},
		state: { tier0: { kind: "local", directory: states }, tier1: { kind: "local", directory: states } },
	};
}
