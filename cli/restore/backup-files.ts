import type { Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import { kubernetesObjects } from "../../world/kubernetes-objects.ts";
import { nfsShares } from "../../world/nfs-shares.ts";
import { podTemplates } from "../../world/pods.ts";
import type { World } from "../../world/world.ts";

/** Directory of the NFS server that a volume of backups is. @throws VisibleError when no stack has such a volume */
export function directoryOf(world: World, volume: string): string {
	const share = nfsShares(world).find(
		({ resource }) => plain(block(resource.arguments.metadata).name) === volume,
	);
	if (share === undefined)
		throw new VisibleError(`no stack of site ${world.site.name} has a volume ${volume}`);
	return share.path;
}

/** A CronJob that backs something up. */
export interface BackupJob {
	readonly namespace: string;
	readonly task: string;
}

/** What writes to a volume of backups. @throws VisibleError when no stack has that */
export function backupJobOf(world: World, volume: string): BackupJob {
	const { resolve } = kubernetesObjects(world);
	const writer = podTemplates(world).find(
		({ owner, volumes, containers }) =>
			owner.kind === "cron_job" &&
			volumes.some(
				({ block: { name, persistent_volume_claim: claim } }) =>
					resolve(owner.resource.stack, block(claim).claim_name) === volume &&
					containers.some(({ block: container }) =>
						blocks(container.volume_mount, "volume_mount").some(
							({ block: mount }) => mount.name === name && mount.read_only !== true,
						),
					),
			),
	);
	if (writer === undefined)
		throw new VisibleError(`no stack of site ${world.site.name} has a task that writes to ${volume}`);
	return { namespace: writer.owner.namespace, task: writer.owner.name };
}

/** Names in a directory that a pattern fits, sorted. @throws VisibleError when it cannot be read */
export async function namesIn(target: Target, directory: string, pattern: RegExp): Promise<string[]> {
	const { code, stdout, stderr } = await target.run(["ls", "-1", "--", directory]);
	if (code !== 0) throw new VisibleError(`${target.name}: ${stderr.trim()}`);
	return stdout
		.split("\n")
		.filter((name) => pattern.test(name))
		.sort();
}
