import type { StackFacts } from "../stacks/declaration.ts";
import { noSuch } from "../terminal/usage-error.ts";

/**
 * The named stacks, or all when none is named, in the order in which they are applied.
 *
 * @throws UsageError for an unknown name
 */
export function selectStacks(
	catalogue: readonly StackFacts[],
	names: readonly string[],
): readonly StackFacts[] {
	const existing = catalogue.map(({ name }) => name as string);
	for (const name of names) if (!existing.includes(name)) throw noSuch("stack", name, existing);
	return names.length === 0 ? catalogue : catalogue.filter(({ name }) => names.includes(name));
}
