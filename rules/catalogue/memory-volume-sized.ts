import { bytesOf } from "../../config/schema/quantity.ts";
import { block, blocks, plain } from "../../world/blocks.ts";
import { podTemplates } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const memoryVolumeSized = worldRule({
	id: "memory-volume-sized",
	severity: "error",
	reason:
		"Files in a memory volume count against the container's memory limit: a full volume kills the process.",
	remedy: "Set empty_dir.size_limit, and give each container that mounts it a memory limit above that size.",
	*check(world) {
		for (const { owner, volumes, containers } of podTemplates(world))
			for (const { block: volume, path } of volumes) {
				const { medium, size_limit } = block(volume.empty_dir);
				if (medium !== "Memory") continue;
				const subject = owner.resource;
				if (size_limit === undefined)
					yield {
						subject,
						argument: `${path}.empty_dir.size_limit`,
						message: `memory volume ${volume.name} has no size limit`,
					};
				const size = bytesOf(plain(size_limit) ?? "");
				for (const { name, block: container, path } of containers) {
					const mounts = blocks(container.volume_mount, "").some(({ block }) => block.name === volume.name);
					const limit = bytesOf(plain(block(block(container.resources).limits).memory) ?? "");
					if (mounts && size !== undefined && limit !== undefined && limit <= size)
						yield {
							subject,
							argument: `${path}.resources.limits.memory`,
							message: `container ${name} has no memory left beside volume ${volume.name} of ${size_limit}`,
						};
				}
			}
	},
});
