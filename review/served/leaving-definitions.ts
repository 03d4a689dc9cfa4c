import { block } from "../../world/blocks.ts";
import type { Json, Resource, World } from "../../world/world.ts";
import type { Observation, PlannedStack } from "../finding-class.ts";
import { type Definition, definitionIn } from "./definitions.ts";
import { apiKindOf } from "./kind-of.ts";

/** Names that are said; the others are counted. */
const most = 5;

/** Definitions that a change takes away, or parts of them, while the code keeps objects that are written so. */
export function* leavingDefinitions({ summary, after: world }: PlannedStack): Iterable<Observation> {
	for (const change of summary.changes) {
		const [before, after] = [change.values?.before, change.values?.after].map((side) =>
			definitionIn(block(side as Json).manifest),
		);
		if (before === undefined) continue;
		if (change.action === "destroy" || change.action === "replace") {
			const users = usersOf(before, world);
			if (users.length > 0)
				yield {
					change,
					message: `the server deletes every ${before.kind} of ${before.group} with it, and the code keeps ${named(users)}`,
					remedy: "Take the objects out of the code and deploy that first, or keep the definition.",
				};
			continue;
		}
		const lost = before.served.filter((version) => !(after ?? before).served.includes(version));
		const users = usersOf({ ...before, served: lost }, world, true);
		if (users.length > 0)
			yield {
				change,
				message: `${before.group}/${lost.join(", ")} is no longer served, and the code keeps ${named(users)}`,
				remedy:
					"Write the objects in a version that stays and deploy that first; infra state retype has the state follow.",
			};
	}
}

function usersOf({ group, kind, served }: Definition, world: World, ofVersions = false): Resource[] {
	return world.stacks
		.flatMap(({ resources }) => resources)
		.filter(({ mode, type, arguments: given }) => {
			const its = mode === "resource" ? apiKindOf(type, given) : undefined;
			if (its?.group !== group || its.kind !== kind) return false;
			return !ofVersions || served.includes(its.version ?? "");
		});
}

function named(users: readonly Resource[]): string {
	const paths = users.slice(0, most).map(({ path }) => path);
	return [...paths, ...(users.length > most ? [`${users.length - most} more`] : [])].join(", ");
}
