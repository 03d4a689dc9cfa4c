import { type Block, plain } from "../../world/blocks.ts";
import { containersOf } from "../../world/pods.ts";
import type { Json, World } from "../../world/world.ts";
import { commandProblem, imageProblem } from "../known-good.ts";
import { type Violation, worldRule } from "../rule.ts";

export const imageKnownGood = worldRule({
	id: "image-known-good",
	severity: "error",
	reason:
		"A version with a published hole stays for years where nothing looks at it: the hole is in every scanner.",
	remedy: "Take the version that the message names, or a newer one; `rules/known-good.ts` says what is good.",
	*check(world) {
		const seen = new Set<string>();
		for (const violation of [...containers(world), ...charts(world)]) {
			seen.add(violation.image);
			yield violation;
		}
		yield* siteValues(world, seen);
	},
});

type Found = Violation & { readonly image: string };

function* containers(world: World): Iterable<Found> {
	for (const { template, name, block, path } of containersOf(world)) {
		const image = plain(block.image) ?? "";
		const problem = imageProblem(image);
		if (problem !== undefined)
			yield {
				image,
				subject: template.owner.resource,
				argument: `${path}.image`,
				message: `image ${image} of container ${name}: ${problem}`,
			};
	}
}

/** Images in the values of charts: as text, or in the parts that most charts use. */
function* charts({ stacks }: World): Iterable<Found> {
	for (const resource of stacks.flatMap(({ resources }) => resources)) {
		if (resource.type !== "helm_release" || !Array.isArray(resource.arguments.values)) continue;
		for (const [index, text] of resource.arguments.values.entries())
			for (const [path, image] of imagesIn(parsed(text))) {
				const problem = imageProblem(image);
				if (problem !== undefined)
					yield {
						image,
						subject: resource,
						argument: `values[${index}].${path}`,
						message: `image ${image}: ${problem}`,
					};
			}
	}
}

/** Images that the site states and no container of the world runs: steps of pipelines, and programs of users. */
function* siteValues({ site, stacks }: World, seen: ReadonlySet<string>): Iterable<Violation> {
	const [subject] = stacks;
	if (subject === undefined) return;
	for (const [path, image] of imagesIn(site as unknown as Json)) {
		const problem = seen.has(image) ? undefined : imageProblem(image);
		if (problem !== undefined)
			yield { subject, argument: path, message: `image ${image} of the site: ${problem}` };
	}
	for (const [command, { version }] of Object.entries(site.newcomer.tools)) {
		const problem = commandProblem(command, version);
		if (problem !== undefined)
			yield { subject, argument: `newcomer.tools.${command}.version`, message: problem };
	}
}

function* imagesIn(value: Json | undefined, path = ""): Iterable<readonly [path: string, image: string]> {
	if (typeof value === "string" && /\/.*[:@]/.test(value)) yield [path, value];
	if (typeof value !== "object" || value === null) return;
	const { registry, repository, tag } = value as Block;
	const prefix = typeof registry === "string" ? `${registry}/` : "";
	// Without a tag the chart has a default, which changes with the chart.
	if (typeof repository === "string") yield [path, `${prefix}${repository}${tag ? `:${tag}` : ""}`];
	else
		for (const [key, one] of Object.entries(value))
			yield* imagesIn(one, path === "" ? key : `${path}.${key}`);
}

function parsed(text: Json): Json | undefined {
	try {
		return JSON.parse(String(text));
	} catch {
		// Values that are known only after Terraform has evaluated them.
		return undefined;
	}
}
