import { checkWorld } from "../../../rules/check-world.ts";
import type { Finding } from "../../../rules/finding.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import { testApp } from "../../synth.ts";

/**
 * An app's stack beside the one that makes its namespace, on the lab.
 *
 * @returns the app's objects, and what the rules say of both stacks together
 */
export async function builtWith(
	namespaces: StackDeclaration,
	app: StackDeclaration,
): Promise<{ objects: string[]; findings: readonly Finding[] }> {
	const world = await testApp([namespaces]);
	const stacks = [...world.stacks, app.build(world)].map((stack) => stack.seal());
	const seen = { site: world.site, stacks };
	return {
		objects: kubernetesObjects(seen)
			.all.filter(({ resource }) => resource.stack === app.name)
			.map(({ resource, namespace, name }) => `${resource.type} ${namespace}/${name}`)
			.sort(),
		findings: checkWorld(world, seen),
	};
}
