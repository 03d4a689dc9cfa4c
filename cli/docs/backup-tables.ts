import type { Backup } from "../../config/schema/backup.ts";
import { staleAlert } from "../../constructs/storage/backup/alerts.ts";
import { type Saver, type VolumeBackup, volumeBackups } from "../../world/volume-backups.ts";
import type { World } from "../../world/world.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** Every volume of a world and each thing that saves it: what copies there are, made when, kept for how long. */
export function backupTable(world: World): string {
	return markdownTable(
		["Volume", "Copy 1: class", "Copy 2", "Copy 3", "Made", "Kept", "Alert", "Restore"],
		volumeBackups(world).flatMap((volume) => {
			const name = code(`${volume.namespace}/${volume.claim}`);
			if (volume.savers.length === 0)
				return [[name, code(volume.storageClass), "none", "none", "", "", "", ""]];
			return volume.savers.map((saver) => {
				const { second, third, made, kept, alert, restore } = describe(world.site.backup, volume, saver);
				return [name, code(volume.storageClass), second, third, made, kept, alert, restore];
			});
		}),
	);
}

interface Row {
	readonly second: string;
	readonly third: string;
	readonly made: string;
	readonly kept: string;
	readonly alert: string;
	readonly restore: string;
}

/** Where a stack's own runbook tells how its backups are brought back. */
const restoreRunbooks: Readonly<Record<string, string>> = {
	redis: "redis.md#restore-a-backup",
	mailserver: "mail.md#restore-mail",
	vault: "vault.md#restore-a-snapshot",
};

function describe({ schedule, keep, disk }: Backup, { namespace }: VolumeBackup, saver: Saver): Row {
	const { snapshot, copy, offsite } = schedule;
	const points = ({ daily, weekly, monthly }: Backup["keep"]["copies"]) =>
		[`${daily} daily`, `${weekly} weekly`, ...(monthly > 0 ? [`${monthly} monthly`] : [])].join(" + ");
	const runbook = (anchor: string) => `[runbook](../runbooks/restore-volume.md#${anchor})`;
	if (saver.kind === "host")
		return {
			second: `snapshot, ${code(disk)}`,
			third: "offsite",
			made: `daily ${snapshot.at}, ${copy.at}, ${offsite.at}`,
			kept: `${keep.snapshots} snapshots; ${points(keep.copies)}; offsite ${points(keep.offsite)}`,
			alert: [staleAlert("snapshot"), staleAlert("copy"), staleAlert("offsite")].join(", "),
			restore: runbook("from-a-snapshot"),
		};
	if (saver.kind === "tree")
		return {
			second: "",
			third: `offsite ${code(saver.tree)}`,
			made: `daily ${offsite.at}`,
			kept: points(keep.offsite),
			alert: staleAlert("offsite"),
			restore: runbook("an-nfs-directory"),
		};
	return {
		second: `task ${code(saver.task.name)}, to NFS`,
		third: "offsite, with its directory",
		made: code(saver.schedule),
		kept: "as the task says",
		alert: `of stack ${saver.task.resource.stack}`,
		restore: `[${namespace}](../runbooks/${restoreRunbooks[saver.task.resource.stack] ?? ""})`,
	};
}
