import { readFileSync } from "node:fs";
import { stringify } from "yaml";
import { shellWord } from "../../clients/host/shell-word.ts";
import type { Newcomer } from "../../config/schema/newcomer.ts";

const template = readFileSync(new URL("./setup.sh", import.meta.url), "utf8");

/** What uname(1) calls the systems that there is a script for. */
export const systems = { linux: "Linux", macos: "Darwin" } as const;

export type SetupSystem = keyof typeof systems;

export interface SetupScript {
	readonly os: SetupSystem;
	/** Name of the site; kubeconfig and block are named after it. */
	readonly site: string;
	readonly newcomer: Newcomer;
	/** PEM certificates that the Kubernetes API is trusted by. */
	readonly caPem: string;
	readonly vaultAddress: string;
}

/** The script that a newcomer runs: the file beside this one, with the parameters of a site. */
export function renderSetupScript({ os, site, newcomer, caPem, vaultAddress }: SetupScript): string {
	const kernel = systems[os].toLowerCase();
	const parameters = {
		site,
		system: systems[os],
		vault_address: vaultAddress,
		kubeconfig: renderKubeconfig(site, newcomer, caPem).trimEnd(),
		tools: Object.entries(newcomer.tools)
			.map(([name, { version, url, archived = "-", sha256 }]) =>
				[
					name,
					version,
					archived,
					...Object.entries(sha256).flatMap(([platform, sum]) => {
						const [on = "", arch = ""] = platform.split("-");
						const place = url
							.replaceAll("{version}", version)
							.replaceAll("{os}", on)
							.replaceAll("{arch}", arch);
						return on === kernel ? [platform, place, sum] : [];
					}),
				].join(" "),
			)
			.join("\n"),
	};
	const assignments = Object.entries(parameters).map(([name, value]) => `${name}=${shellWord(value)}`);
	// A function, because `$&` in a replacement text would be a pattern.
	return template.replace(/# >>> parameters[\s\S]*# <<< parameters\n/, () => `${assignments.join("\n")}\n`);
}

/** A kubeconfig without a secret: whoever uses it logs in with the browser (kubelogin's credential plugin). */
function renderKubeconfig(site: string, { apiServer, oidc }: Newcomer, caPem: string): string {
	return stringify(
		{
			apiVersion: "v1",
			kind: "Config",
			clusters: [
				{
					name: site,
					cluster: {
						server: apiServer,
						"certificate-authority-data": Buffer.from(caPem).toString("base64"),
					},
				},
			],
			users: [
				{
					name: `${site}-oidc`,
					user: {
						exec: {
							apiVersion: "client.authentication.k8s.io/v1beta1",
							command: "kubectl",
							args: [
								"oidc-login",
								"get-token",
								`--oidc-issuer-url=${oidc.issuer}`,
								`--oidc-client-id=${oidc.clientId}`,
								...oidc.scopes.map((scope) => `--oidc-extra-scope=${scope}`),
							],
							interactiveMode: "IfAvailable",
						},
					},
				},
			],
			contexts: [{ name: site, context: { cluster: site, user: `${site}-oidc` } }],
			"current-context": site,
		},
		{ lineWidth: 0 },
	);
}
