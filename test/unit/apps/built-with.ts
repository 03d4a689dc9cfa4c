import { checkWorld } from "../../../rules/check-world.ts";
import type { Finding } from "../../../rules/finding.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import { declareStack, type StackClass } from "../../../stacks/declaration.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import { testApp } from "../../synth.ts";

const name = "app-under-test";

/**
 * An app's stack beside the one that makes its namespace, on the lab.
 *
 * @returns the app's objects, and what the rules say of both stacks together
 */
export async function builtWith(
	namespaces: string,
	App: StackClass,
): Promise<{ objects: string[]; findings: readonly Finding[] }> {
	const world = await testApp([await loadStack(namespaces)]);
	const app = declareStack({ name, purpose: "App under test", stateTier: 1 }, App).build(world);
	const stacks = [...world.stacks, app].map((stack) => stack.synthesizeOnce());
	const seen = { site: world.site, stacks };
	return {
		objects: kubernetesObjects(seen)
			.all.filter(({ resource }) => resource.stack === name)
			.map(({ resource, namespace, name }) => `${resource.type} ${namespace}/${name}`)
			.sort(),
		findings: checkWorld(world, seen),
	};
}
