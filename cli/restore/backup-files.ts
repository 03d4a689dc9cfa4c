import type { Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { block, plain } from "../../world/blocks.ts";
import { nfsShares } from "../../world/nfs-shares.ts";
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

/** Names in a directory that a pattern fits, sorted. @throws VisibleError when it cannot be read */
export async function namesIn(target: Target, directory: string, pattern: RegExp): Promise<string[]> {
	const { code, stdout, stderr } = await target.run(["ls", "-1", "--", directory]);
	if (code !== 0) throw new VisibleError(`${target.name}: ${stderr.trim()}`);
	return stdout
		.split("\n")
		.filter((name) => pattern.test(name))
		.sort();
}
