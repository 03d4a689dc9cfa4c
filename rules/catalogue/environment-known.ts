import {
	type ImageEnvironment,
	imageEnvironments,
	ownPrefix,
} from "../../constructs/mail/image-environment.ts";
import { blocks, plain } from "../../world/blocks.ts";
import { containersOf } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const environmentKnown = worldRule({
	id: "environment-known",
	severity: "error",
	reason:
		"An image reads its environment by name. A name that it does not know does nothing, and a name of ours that it does know changes what it does: for RELAY_HOST no mail left the server.",
	remedy: `Use a name that this version of the image reads, and begin the names of our own scripts with ${ownPrefix}. What a version reads is listed in constructs/mail/image-environment.ts.`,
	*check(world) {
		for (const { template, name: container, block, path } of containersOf(world)) {
			const known = knownTo(plain(block.image) ?? "");
			if (known === undefined) continue;
			const subject = template.owner.resource;
			if (typeof known === "string") yield { subject, argument: `${path}.image`, message: known };
			else {
				for (const source of blocks(block.env_from, `${path}.env_from`))
					yield {
						subject,
						argument: source.path,
						message: `container ${container} takes variables by names that nobody sees here: expected them in env`,
					};
				for (const variable of blocks(block.env, `${path}.env`)) {
					const name = String(variable.block.name);
					const problem = name.startsWith(ownPrefix) ? undefined : problemOf(name, known);
					if (problem !== undefined)
						yield {
							subject,
							argument: `${variable.path}.name`,
							message: `container ${container} sets ${name}, ${problem}`,
						};
				}
			}
		}
	},
});

/** What an image reads, or why that is not known; undefined for an image that is not configured by its environment. */
function knownTo(image: string): ImageEnvironment | string | undefined {
	const [reference = ""] = image.split("@");
	const colon = reference.lastIndexOf(":");
	const tagged = colon > reference.lastIndexOf("/");
	const repository = (tagged ? reference.slice(0, colon) : reference).split("/").slice(-2).join("/");
	const versions = imageEnvironments.get(repository);
	if (versions === undefined) return undefined;
	return (
		versions.get(tagged ? reference.slice(colon + 1) : "") ??
		`nobody has listed what ${image} reads of its environment: expected version ${[...versions.keys()].join(" or ")}`
	);
}

function problemOf(name: string, { settings, superseded }: ImageEnvironment): string | undefined {
	if (settings.has(name)) return undefined;
	const successor = superseded.get(name);
	return successor === undefined
		? `which the image does not read: expected one of its settings, or a name with ${ownPrefix}`
		: `which the image reads beside ${successor}: expected that, or a name with ${ownPrefix}`;
}
