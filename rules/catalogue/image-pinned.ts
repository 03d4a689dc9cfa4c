import { plain } from "../../world/blocks.ts";
import { containersOf } from "../../world/pods.ts";
import type { World } from "../../world/world.ts";
import { type Violation, worldRule } from "../rule.ts";

const digest = /@sha256:[0-9a-f]{64}$/;
/** A Helm version is a constraint unless it has all three numbers. */
const exactVersion = /^v?\d+\.\d+\.\d+[\w.+-]*$/;

export const imagePinned = worldRule({
	id: "image-pinned",
	severity: "error",
	reason:
		"A moving tag makes two nodes run different programs, and a pull-through cache serves its old content for days.",
	remedy: "Write the version that is meant to run: a fixed tag, a digest, or the chart's full version.",
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
		yield* charts(world);
	},
});

function problemOf(image: string): string | undefined {
	if (digest.test(image)) return undefined;
	// A colon before the last slash belongs to the registry's port.
	const tag = image.slice(image.lastIndexOf("/") + 1).split(":")[1];
	if (tag === undefined) return "has no tag";
	return tag === "latest" ? "has the tag latest" : undefined;
}

function* charts({ stacks }: World): Iterable<Violation> {
	for (const { resources } of stacks)
		for (const resource of resources) {
			const { chart, version } = resource.arguments;
			// A chart of the repository is pinned by the commit.
			if (resource.type !== "helm_release" || String(chart).startsWith(".")) continue;
			const text = plain(version);
			if (version === undefined || (text !== undefined && !exactVersion.test(text)))
				yield {
					subject: resource,
					argument: "version",
					message:
						text === undefined
							? `chart ${chart} has no version`
							: `version ${text} of chart ${chart} is a range: expected three numbers such as 1.2.3`,
				};
		}
}
