import { plain } from "../../world/blocks.ts";
import { containersOf } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

const digest = /@sha256:[0-9a-f]{64}$/;

export const imagePinned = worldRule({
	id: "image-pinned",
	severity: "error",
	reason:
		"A moving tag makes two nodes run different programs, and a pull-through cache serves its old content for days.",
	remedy: "Write the version that is meant to run: a fixed tag or a digest.",
	*check(world) {
		for (const { template, name, block, path } of containersOf(world)) {
			const image = plain(block.image);
			const problem = image === undefined ? undefined : problemOf(image);
			if (problem !== undefined)
				yield {
					subject: template.owner.resource,
					argument: `${path}.image`,
					message: `image ${image} of container ${name} ${problem}`,
				};
		}
	},
});

function problemOf(image: string): string | undefined {
	if (digest.test(image)) return undefined;
	// A colon before the last slash separates the port of the registry.
	const tag = image.slice(image.lastIndexOf("/") + 1).split(":")[1];
	if (tag === undefined) return "has no tag";
	return tag === "latest" ? "has the tag latest" : undefined;
}
