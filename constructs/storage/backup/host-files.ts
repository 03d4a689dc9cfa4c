import { readFileSync } from "node:fs";
import type { Site } from "../../../config/schema/site.ts";
import { renderSettings } from "./render-settings.ts";
import { programDirectory, renderUnits } from "./render-units.ts";

/** A file of the storage host. */
export interface HostFile {
	readonly text: string;
	readonly mode: number;
}

const programs = [
	"common.sh",
	"snapshot.sh",
	"copy.sh",
	"copy-databases.sh",
	"offsite.sh",
	"open-volume.sh",
	"fill-volume.sh",
	"prove.sh",
	"restore.sh",
	"workloads.sh",
	"track-changes.sh",
] as const;

/** Text of a program of this folder. */
export function backupScript(name: (typeof programs)[number] | "install.sh"): string {
	return readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");
}

/** Everything that the backups of a site need on its storage host, by absolute path there. */
export function hostBackupFiles(site: Site): Readonly<Record<string, HostFile>> {
	return {
		"/etc/default/infra-backup": { text: renderSettings(site), mode: 0o644 },
		...Object.fromEntries(
			programs.map((name) => [`${programDirectory}/${name}`, { text: backupScript(name), mode: 0o755 }]),
		),
		...command("lvm-pvc-snapshot", "snapshot.sh"),
		...command("restore-backup", "restore.sh"),
		...Object.fromEntries(
			Object.entries(renderUnits(site)).map(([name, text]) => [
				`/etc/systemd/system/${name}`,
				{ text, mode: 0o644 },
			]),
		),
	};
}

/** A program that operators call by name. */
function command(name: string, program: (typeof programs)[number]): Readonly<Record<string, HostFile>> {
	return {
		[`/usr/local/sbin/${name}`]: {
			text: `#!/bin/sh\nexec ${programDirectory}/${program} "$@"\n`,
			mode: 0o755,
		},
	};
}
