import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { claimsSavedBy, savesAnnotation, volumeBackups } from "../../world/volume-backups.ts";
import { worldRule } from "../rule.ts";

export const dataHasBackup = worldRule({
	id: "data-has-backup",
	severity: "error",
	reason: "Data that nothing saves is noticed on the day on which it is gone.",
	remedy:
		"Use a class that the storage host saves, or add a BackupTask that names the claim; waive it for data that can be made again.",
	*check(world) {
		const volumes = volumeBackups(world);
		for (const { claim, savers, obstacle, resource, argument } of volumes)
			if (savers.length === 0)
				yield {
					subject: resource,
					argument,
					message: `nothing saves claim ${claim}: ${obstacle}, and no CronJob names it`,
				};
		for (const task of kubernetesObjects(world).all) {
			if (task.kind !== "cron_job") continue;
			for (const name of claimsSavedBy(task))
				if (!volumes.some(({ namespace, claim }) => namespace === task.namespace && claim === name))
					yield {
						subject: task.resource,
						argument: `metadata.annotations["${savesAnnotation}"]`,
						message: `CronJob ${task.name} says that it saves claim ${name}, which namespace ${task.namespace} does not have`,
					};
		}
	},
});
