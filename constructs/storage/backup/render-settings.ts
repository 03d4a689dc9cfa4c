import { backupPeriod } from "../../../config/schema/backup.ts";
import { inSeconds } from "../../../config/schema/duration.ts";
import type { Site } from "../../../config/schema/site.ts";
import { backupTrees } from "../../../config/schema/trees.ts";

/** Directory for state between runs: locks, change logs, the last answer of the cluster. */
export const stateDirectory = "/var/lib/infra-backup";

/**
 * `/etc/default/infra-backup`, which every program sources: assignments of the shell.
 *
 * Lists are separated by spaces; the site has no value that would need more quoting than quotes.
 */
export function renderSettings(site: Site): string {
	const { backup, cluster, network } = site;
	const { lvm, keep, offsite } = backup;
	const address = (host: string) => network.hosts[host]?.address ?? host;
	const settings = {
		STATE: stateDirectory,
		PUSHGATEWAY: `http://${address(backup.metricsHost)}:${cluster.nodePorts.pushgateway}`,
		KUBECONFIG_FILE: backup.kubeconfig,
		VOLUME_GROUP: lvm.volumeGroup,
		THIN_POOL: lvm.thinPool,
		VOLUME_PREFIX: lvm.volumePrefix,
		EXCLUDED_NAMESPACES: backup.excludedNamespaces.join(" "),
		KEEP_SNAPSHOTS: keep.snapshots,
		// At the time of the copy, yesterday's snapshot is older than a period and today's is younger.
		SNAPSHOT_MAX_AGE: inSeconds(backupPeriod),
		DISK: backup.disk,
		HOST_PATHS: backup.hostPaths.join(" "),
		APPLIANCE_FILES: Object.entries(backup.appliances)
			.flatMap(([name, paths]) => paths.map((path) => `${name}=root@${address(name)}:${path}`))
			.join(" "),
		PROVE_DAYS: backup.proveWithin,
		KEEP_DAILY: keep.copies.daily,
		KEEP_WEEKLY: keep.copies.weekly,
		KEEP_MONTHLY: keep.copies.monthly,
		TREES: backupTrees(site)
			.map(({ name, path }) => `${name}=${path}`)
			.join(" "),
		OFFSITE_LOGIN: `${offsite.user}@${address(offsite.host)}`,
		OFFSITE_DIRECTORY: offsite.directory,
		OFFSITE_DAILY: keep.offsite.daily,
		OFFSITE_WEEKLY: keep.offsite.weekly,
		OFFSITE_MONTHLY: keep.offsite.monthly,
		OFFSITE_REPLACED_DAYS: keep.replaced,
		LOSS_PERCENT: offsite.loss,
	};
	return Object.entries(settings)
		.map(([name, value]) => `${name}='${value}'\n`)
		.join("");
}
