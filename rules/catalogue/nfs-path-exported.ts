import { exportOf } from "../../config/schema/exports.ts";
import { nfsShares } from "../../world/nfs-shares.ts";
import { worldRule } from "../rule.ts";

export const nfsPathExported = worldRule({
	id: "nfs-path-exported",
	severity: "error",
	reason: "A directory that the NFS server does not export cannot be mounted: the pod waits for it for ever.",
	remedy: "Move the volume below one of storage.exports, or add an export for it.",
	*check(world) {
		const { exports } = world.site.storage;
		for (const { resource, argument, path } of nfsShares(world))
			if (exportOf(exports, path) === undefined)
				yield {
					subject: resource,
					argument,
					message: `${path} lies below no export; exported: ${exports.map(({ path }) => path).join(", ")}`,
				};
	},
});
