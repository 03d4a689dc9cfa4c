import { expressionsIn } from "../../world/expressions.ts";
import { textsOf } from "../../world/texts.ts";
import { worldRule } from "../rule.ts";

const quoted = /"(?:\\.|[^"\\])*"/g;
/** `type.name` of a block at the beginning of a traversal; types contain the provider's name and an underscore. */
const reference = /(?<![\w.-])((?:data|ephemeral)\.)?([a-z][a-z0-9]*_[a-z0-9_]+)\.([A-Za-z_][\w-]*)/g;

export const referencesStayInside = worldRule({
	id: "references-stay-inside",
	severity: "error",
	reason:
		"A reference to another stack needs that stack's state: it cannot be planned alone, and its secrets are copied.",
	remedy:
		"Take names that stacks share from the site; what a stack serves to others is an endpoint of the site.",
	*check(world) {
		const addresses = new Map(
			world.stacks.map(({ stack, resources }) => [stack, new Set(resources.map(({ address }) => address))]),
		);
		for (const { subject, argument, key, value } of textsOf(world)) {
			const isDependency = key === "depends_on" && argument.startsWith("depends_on[");
			// Nearly all texts, of which some are whole programs, end here.
			if (!isDependency && !value.includes("${")) continue;
			const sources = isDependency
				? [value]
				: expressionsIn(value).map(({ source }) => source.replace(quoted, ""));
			for (const source of sources)
				for (const [address] of source.matchAll(reference))
					if (!addresses.get(subject.stack)?.has(address))
						yield {
							subject,
							argument,
							message: `refers to ${address}, which stack ${subject.stack} does not have`,
						};
		}
	},
});
