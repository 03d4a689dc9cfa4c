import type { BackupJob } from "./backup-files.ts";
import { type Hold, whileHeld } from "./hold.ts";
import { jobsOf, type Kubectl, requireEnded } from "./job.ts";
import type { Restoration } from "./restoration.ts";

/**
 * The same restoration, beside no other of its kind and no backup that runs. A backup that begins meanwhile, as its schedule
 * says, may have half of what is brought back: it is named in the answer.
 */
export function exclusive(
	restoration: Restoration,
	kubectl: Kubectl,
	backup: BackupJob,
	seconds?: Hold["seconds"],
): Restoration {
	const { namespace, task } = backup;
	const hold = { namespace, what: restoration.name, ...(seconds === undefined ? {} : { seconds }) };
	const backups = async () => (await jobsOf(kubectl, backup)).map(({ name }) => name);
	return {
		...restoration,
		restore: (point) =>
			whileHeld(kubectl, hold, async () => {
				await requireEnded(kubectl, backup);
				const before = await backups();
				const said = await restoration.restore(point);
				const meanwhile = (await backups()).filter((name) => !before.includes(name));
				if (meanwhile.length === 0) return said;
				return `${said}\n${meanwhile.join(", ")} began meanwhile, and may have saved half of it. Make another: kubectl -n ${namespace} create job ${task}-again --from=cronjob/${task}`;
			}),
	};
}
