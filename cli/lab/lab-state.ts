import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LabProcess } from "./lab-process.ts";

/** Root of the repository. */
export const project = fileURLToPath(new URL("../..", import.meta.url));

/** The one folder of the lab; nothing of it is anywhere else. */
export const labFolder = process.env.INFRA_LAB || join(project, ".lab");

/** A lab that was started. */
export interface Lab {
	readonly processes: readonly LabProcess[];
	/** API server. */
	readonly host: string;
	readonly kubeconfig: string;
	/** Token of the administrator. */
	readonly token: string;
	readonly caFile: string;
	readonly vaultAddress: string;
	readonly vaultToken: string;
	/** Site with the addresses of this lab. */
	readonly site: string;
}

const file = () => join(labFolder, "lab.json");

/** The lab that was started; undefined without one. */
export function readLab(): Lab | undefined {
	return existsSync(file()) ? (JSON.parse(readFileSync(file(), "utf8")) as Lab) : undefined;
}

export function writeLab(lab: Lab): void {
	mkdirSync(labFolder, { recursive: true, mode: 0o700 });
	writeFileSync(`${file()}.part`, JSON.stringify(lab, null, "\t"), { mode: 0o600 });
	renameSync(`${file()}.part`, file());
}

/** Variables that point every tool at the lab. */
export function labEnvironment(lab: Lab): Readonly<Record<string, string>> {
	return {
		INFRA_SITE: lab.site,
		KUBECONFIG: lab.kubeconfig,
		KUBE_CONFIG_PATH: lab.kubeconfig,
		VAULT_ADDR: lab.vaultAddress,
		VAULT_TOKEN: lab.vaultToken,
		CHECKPOINT_DISABLE: "1",
	};
}
