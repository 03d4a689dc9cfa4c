import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { SiteInput } from "../../config/schema/site.ts";
import lab from "../../config/sites/lab.ts";
import type { ControlPlaneFiles } from "./control-plane.ts";
import { type LabDatabase, labFolder, project } from "./lab-state.ts";
import { superuser } from "./postgres-server.ts";

/** A chart of this repository in the place of one that the lab cannot reach: the same release, an idle workload. */
const standIn = (name: string) => ({ chart: `./cli/lab/charts/${name}`, version: "1.0.0" });

const loopback = "127.0.0.1";

/** Database in which the stacks of tier 1 keep their states, and its owner. */
export const stateDatabase = "terraform_state";

/** Each has a database of its name, and a password that Vault makes. */
export const databaseUsers = [lab.woodpecker.database.user, stateDatabase];

/**
 * The site `lab` with the addresses that this lab got, and with a database server. Three things are not as they would be
 * elsewhere: no machine is made, because there is no hypervisor; drivers are stand-ins; and the servers of Vault and of
 * the databases are outside the cluster.
 */
export function labSite(files: ControlPlaneFiles, vaultAddress: string, { port }: LabDatabase): SiteInput {
	const { woodpecker } = lab;
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
		woodpecker: {
			...woodpecker,
			chart: standIn("stand-in"),
			database: { ...woodpecker.database, password: { kind: "rotated" } },
		},
		vault: {
			...lab.vault,
			address: vaultAddress,
			server: {
				kind: "external",
				kubernetesHost: files.host,
				kubernetesCa: readFileSync(files.caFile, "utf8"),
			},
			databases: {
				postgresql: {
					host: loopback,
					port,
					superuser,
					password: { path: "vault", key: "database_password", version: 1 },
					users: databaseUsers,
				},
			},
		},
		state: {
			tier0: { kind: "local", directory: relative(project, join(labFolder, "state")) },
			tier1: {
				kind: "postgres",
				host: loopback,
				port,
				database: stateDatabase,
				user: stateDatabase,
				sslMode: "disable",
			},
		},
	};
}
