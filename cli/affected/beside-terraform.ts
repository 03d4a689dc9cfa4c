import type { Site } from "../../config/schema/site.ts";
import { edgePrefix, mailEdge } from "../../constructs/mail/edge.ts";
import { pfsenseEdge } from "../../constructs/pfsense/edge-objects.ts";
import { apiServerFlags, etcdFlags } from "../../constructs/platform/api-server-flags.ts";
import { type BackupPlace, backupFiles, backupScript } from "../../constructs/storage/backup/host-files.ts";
import { renderExports } from "../../constructs/storage/exports/render-exports.ts";
import type { Beside } from "../../world/world.ts";
import { renderSetupScript, type SetupSystem, systems } from "../setup-script/render-setup-script.ts";

/** Renders for a site what Terraform does not apply. The cluster's certificate, which is no part of it, is left out. */
export function besideTerraform(site: Site): Beside {
	return {
		edge: { "edge.json": JSON.stringify(pfsenseEdge(mailEdge(site), edgePrefix, ""), null, 2) },
		exports: { exports: renderExports(site) },
		hostFiles: hostFiles(site, "host"),
		offsiteFiles: hostFiles(site, "offsite"),
		controlPlane: { "kube-apiserver": flags(apiServerFlags(site)), etcd: flags(etcdFlags(site)) },
		setupScript: Object.fromEntries(
			(Object.keys(systems) as SetupSystem[]).map((os) => [
				`setup-${os}.sh`,
				renderSetupScript({
					os,
					site: site.name,
					newcomer: site.newcomer,
					caPem: "",
					vaultAddress: site.vault.address,
				}),
			]),
		),
	};
}

function hostFiles(site: Site, place: BackupPlace): Readonly<Record<string, string>> {
	const files = Object.entries(backupFiles(site, place));
	return {
		...Object.fromEntries(files.map(([path, { text, mode }]) => [`${path} ${mode.toString(8)}`, text])),
		"install.sh": backupScript("install.sh"),
	};
}

function flags(byName: Readonly<Record<string, string>>): string {
	return Object.entries(byName)
		.map(([name, value]) => `--${name}=${value}\n`)
		.join("");
}
