import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { VaultAccess } from "../clients/vault/ask-vault.ts";
import { projectRoot } from "../config/project-root.ts";
import { UsageError } from "../terminal/usage-error.ts";
import type { LabCertificate } from "./certificate.ts";
import { isRunning, type LabProcess, logsBelow } from "./lab-process.ts";

/** The folder of the lab, which holds all of its files. */
export const labFolder = process.env.INFRA_LAB || join(projectRoot, ".lab");

/** Site with the addresses of the lab. */
export const siteFile = join(labFolder, "site.json");

/** PostgreSQL on loopback. */
export interface LabDatabase {
	readonly port: number;
	/** Password of the superuser. */
	readonly password: string;
}

/** The stand-in for the DNS API. */
export interface LabDns {
	/** Base URL of its routes. */
	readonly url: string;
	readonly token: string;
}

/** A started lab. */
export interface Lab {
	/** API server. */
	readonly host: string;
	readonly kubeconfig: string;
	/** Token of the administrator. */
	readonly token: string;
	readonly caFile: string;
	readonly vaultAddress: string;
	readonly vaultToken: string;
	readonly database: LabDatabase;
	/** PEM private half of the key that signs its mail. */
	readonly mailKey: string;
	/** What its pods serve. Absent without nodes that run containers. */
	readonly certificate: LabCertificate | undefined;
	/** Absent when Terraform cannot install the provider. */
	readonly dns: LabDns | undefined;
	/** Site with the addresses of this lab. */
	readonly site: string;
	/** Names of the products that run in it. */
	readonly products: readonly string[];
	/** Nodes that run containers, and their images. */
	readonly nodes: {
		readonly names: readonly string[];
		readonly images: readonly { readonly image: string; readonly source: string }[];
	};
}

/**
 * The lab that was started; undefined without one, or when its start failed. A lab that was copied with a checkout
 * belongs to the original.
 */
export function readLab(): Lab | undefined {
	const lab = read<Lab>("lab.json");
	return lab?.site === siteFile ? lab : undefined;
}

/** The Vault-compatible server of a lab, and its administrator. */
export const vaultOf = ({ vaultAddress, vaultToken }: Lab): VaultAccess => ({
	address: vaultAddress,
	token: vaultToken,
});

/** @throws UsageError when no lab was started */
export function requireLab(): Lab {
	const lab = readLab();
	if (lab === undefined) throw new UsageError("there is no lab", "infra lab up starts one");
	return lab;
}

export const writeLab = (lab: Lab) => write("lab.json", lab);

/**
 * Processes that were started; recorded before the lab is complete, so that an interrupted start can be cleaned up.
 * Processes of the checkout that this one is a copy of are excluded: they log elsewhere.
 */
export function readProcesses(): readonly LabProcess[] {
	const processes = read<readonly LabProcess[]>("processes.json") ?? [];
	return processes.filter((process) => !isRunning(process) || logsBelow(process, labFolder));
}

export const writeProcesses = (processes: readonly LabProcess[]) => write("processes.json", processes);

function read<T>(name: string): T | undefined {
	const file = join(labFolder, name);
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : undefined;
}

function write(name: string, value: unknown): void {
	const file = join(labFolder, name);
	writeFileSync(`${file}.part`, JSON.stringify(value, null, "\t"), { mode: 0o600 });
	renameSync(`${file}.part`, file);
}
