import { normalize } from "node:path/posix";
import { block, plain } from "./blocks.ts";
import type { Resource, World } from "./world.ts";

const driver = "nfs.csi.k8s.io";

/** A directory of the site's NFS server that a volume, or a class for each of its volumes, uses. */
export interface NfsShare {
	readonly resource: Resource;
	/** Argument that names it. */
	readonly argument: string;
	readonly path: string;
}

/** Directories that the stacks mount from the site's NFS server, by static volumes and by classes. */
export function nfsShares({ site, stacks }: World): NfsShare[] {
	const { server } = site.storage.nfs;
	const ownServer = [server, site.network.hosts[server]?.address];
	return stacks
		.flatMap(({ resources }) => resources)
		.flatMap((resource) => {
			const source = sourceOf(resource);
			const path = plain(source?.attributes.share);
			return source !== undefined && path !== undefined && ownServer.includes(plain(source.attributes.server))
				? [{ resource, argument: `${source.argument}.share`, path: normalize(path) }]
				: [];
		});
}

function sourceOf({ type, arguments: given }: Resource) {
	if (/^kubernetes_persistent_volume(_v1)?$/.test(type)) {
		const { csi } = block(block(given.spec).persistent_volume_source);
		if (block(csi).driver === driver)
			return {
				argument: "spec.persistent_volume_source.csi.volume_attributes",
				attributes: block(block(csi).volume_attributes),
			};
	}
	if (/^kubernetes_storage_class(_v1)?$/.test(type) && given.storage_provisioner === driver)
		return { argument: "parameters", attributes: block(given.parameters) };
	return undefined;
}
