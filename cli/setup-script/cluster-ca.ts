import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { clusterKubeconfig } from "../../clients/kubernetes/kubeconfig.ts";
import { UsageError } from "../../terminal/usage-error.ts";

interface Kubeconfig {
	readonly clusters?: readonly {
		readonly name: string;
		readonly cluster?: Readonly<Record<string, string>>;
	}[];
	readonly contexts?: readonly { readonly name: string; readonly context?: { readonly cluster?: string } }[];
	readonly "current-context"?: string;
}

/** Where the certificate of the cluster's API is read. */
export interface CaSource {
	/** A PEM file; without one, the administrator's kubeconfig. */
	readonly file?: string | undefined;
	/** Kubeconfig of the site, relative to the project; `~` is the user's home. */
	readonly kubeconfig: string;
	/** Context inside it. @default the current one */
	readonly context?: string | undefined;
}

const hint = "name a PEM file: infra setup-script --ca-file <path>";

/**
 * PEM certificates that the cluster's API is trusted by.
 *
 * @throws UsageError when there are none: a kubeconfig with an empty field would fail only on the newcomer's machine
 */
export async function clusterCa({ file, kubeconfig, context }: CaSource): Promise<string> {
	const source = file ?? clusterKubeconfig(kubeconfig);
	const text = await readFile(source, "utf8").catch((error: NodeJS.ErrnoException) => {
		throw new UsageError(`the certificate of the cluster: ${source} cannot be read (${error.code})`, hint);
	});
	const pem = file === undefined ? await embedded(text, source, context) : text;
	if (!/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(pem))
		throw new UsageError(`the certificate of the cluster: ${source} has none`, hint);
	return pem;
}

/** The certificate that a kubeconfig has or points to; empty when it has neither. */
async function embedded(text: string, source: string, wanted: string | undefined): Promise<string> {
	const config = (parse(text) ?? {}) as Kubeconfig;
	const name = wanted ?? config["current-context"];
	const { context } = config.contexts?.find((one) => one.name === name) ?? {};
	const { cluster = {} } = config.clusters?.find((one) => one.name === context?.cluster) ?? {};
	const data = cluster["certificate-authority-data"];
	if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
	const path = cluster["certificate-authority"];
	return path === undefined ? "" : readFile(resolve(dirname(source), path), "utf8").catch(() => "");
}
