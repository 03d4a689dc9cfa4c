import type { Site } from "../../config/schema/site.ts";
import { edgePrefix, mailEdge } from "../../constructs/mail/edge.ts";
import { pfsenseEdge } from "../../constructs/pfsense/edge-objects.ts";
import { backupFiles, backupScript } from "../../constructs/storage/backup/host-files.ts";
import { renderExports } from "../../constructs/storage/exports/render-exports.ts";
import { renderSetupScript, type SetupSystem, systems } from "../setup-script/render-setup-script.ts";
import type { Beside } from "./renderings.ts";

/** Renders for a site what Terraform does not apply. The cluster's certificate, which is no part of it, is left out. */
export function besideTerraform(site: Site): Beside {
	const files = (["host", "offsite"] as const).flatMap((place) =>
		Object.entries(backupFiles(site, place)).map(([path, file]) => ({ name: `${place} ${path}`, ...file })),
	);
	return {
		edge: { "edge.json": JSON.stringify(pfsenseEdge(mailEdge(site), edgePrefix, ""), null, 2) },
		exports: { exports: renderExports(site) },
		hostFiles: {
			...Object.fromEntries(files.map(({ name, text, mode }) => [`${name} ${mode.toString(8)}`, text])),
			"install.sh": backupScript("install.sh"),
		},
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
