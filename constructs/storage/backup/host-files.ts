import { readFileSync } from "node:fs";
import type { Site } from "../../../config/schema/site.ts";
import { renderOffsiteSettings, renderSettings } from "./render-settings.ts";
import { programDirectory, renderOffsiteUnits, renderUnits } from "./render-units.ts";

/** A file of the storage host. */
export interface HostFile {
	readonly text: string;
	readonly mode: number;
}

const programs = [
	"common.sh",
	"times.sh",
	"snapshot.sh",
	"copy.sh",
	"copy-databases.sh",
	"copy-holes.sh",
	"offsite.sh",
	"offsite-backup.sh",
	"offsite-repository.sh",
	"open-volume.sh",
	"fill-volume.sh",
	"prove.sh",
	"restore.sh",
	"workloads.sh",
] as const;

const offsitePrograms = ["common.sh", "times.sh", "offsite-repository.sh", "retain.sh", "serve.sh"] as const;

/** A machine that has a part in the backups. */
export type BackupPlace = "host" | "offsite";

/** Commands that its programs run. */
export const neededCommands: Readonly<Record<BackupPlace, readonly string[]>> = {
	host: ["curl", "cryptsetup", "fallocate", "flock", "kubectl", "lvs", "restic", "rsync", "sqlite3", "ssh"],
	offsite: ["curl", "flock", "rclone", "restic", "sqlite3"],
};

/** Text of a program of this folder. */
export function backupScript(
	name: (typeof programs | typeof offsitePrograms)[number] | "install.sh",
): string {
	return readFileSync(new URL(`./scripts/${name}`, import.meta.url), "utf8");
}

/** What the backups of a site need on a machine that has a part in them, by absolute path there. */
export function backupFiles(site: Site, place: BackupPlace): Readonly<Record<string, HostFile>> {
	return place === "host"
		? {
				...common(renderSettings(site), programs, renderUnits(site)),
				...command("lvm-pvc-snapshot", "snapshot.sh"),
				...command("restore-backup", "restore.sh"),
				...command("offsite-backup", "offsite-backup.sh"),
			}
		: common(renderOffsiteSettings(site), offsitePrograms, renderOffsiteUnits(site));
}

function common(
	settings: string,
	names: readonly Parameters<typeof backupScript>[0][],
	units: Readonly<Record<string, string>>,
): Readonly<Record<string, HostFile>> {
	return {
		"/etc/default/infra-backup": { text: settings, mode: 0o644 },
		...Object.fromEntries(
			names.map((name) => [`${programDirectory}/${name}`, { text: backupScript(name), mode: 0o755 }]),
		),
		...Object.fromEntries(
			Object.entries(units).map(([name, text]) => [`/etc/systemd/system/${name}`, { text, mode: 0o644 }]),
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
