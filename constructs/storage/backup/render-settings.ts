import { backupPeriod } from "../../../config/schema/backup.ts";
import { inSeconds } from "../../../config/schema/duration.ts";
import type { Site } from "../../../config/schema/site.ts";
import { backupTrees } from "../../../config/schema/trees.ts";

/** Directory for state between runs: locks, the last answer of the cluster. */
export const stateDirectory = "/var/lib/infra-backup";

/**
 * `/etc/default/infra-backup`, which every program sources: assignments of the shell.
 *
 * Lists are separated by spaces; the site has no value that would need more quoting than quotes.
 */
export function renderSettings(site: Site): string {
	const { backup } = site;
	const { lvm, keep, offsite } = backup;
	const settings = {
		STATE: stateDirectory,
		PUSHGATEWAY: pushgatewayOf(site),
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
			.flatMap(([name, paths]) => paths.map((path) => `${name}=root@${addressOf(site, name)}:${path}`))
			.join(" "),
		PROVE_DAYS: backup.proveWithin,
		KEEP_DAILY: keep.copies.daily,
		KEEP_WEEKLY: keep.copies.weekly,
		KEEP_MONTHLY: keep.copies.monthly,
		TREES: backupTrees(site)
			.map(({ name, path }) => `${name}=${path}`)
			.join(" "),
		// The host key must be known: it was recorded when the host was set up.
		OFFSITE_PROGRAM: `ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 -o ServerAliveInterval=30 ${offsite.user}@${addressOf(site, offsite.host)}`,
		LOSS_PERCENT: offsite.loss,
	};
	return assignments(settings);
}

/** The same for the other place. */
export function renderOffsiteSettings(site: Site): string {
	const { keep, offsite } = site.backup;
	return assignments({
		STATE: stateDirectory,
		PUSHGATEWAY: pushgatewayOf(site),
		REPOSITORY: `${offsite.directory}/restic`,
		OFFSITE_DAILY: keep.offsite.daily,
		OFFSITE_WEEKLY: keep.offsite.weekly,
		OFFSITE_MONTHLY: keep.offsite.monthly,
	});
}

function pushgatewayOf(site: Site): string {
	return `http://${addressOf(site, site.backup.metricsHost)}:${site.cluster.nodePorts.pushgateway}`;
}

function addressOf({ network }: Site, host: string): string {
	return network.hosts[host]?.address ?? host;
}

function assignments(settings: Readonly<Record<string, string | number>>): string {
	return Object.entries(settings)
		.map(([name, value]) => `${name}='${value}'\n`)
		.join("");
}
