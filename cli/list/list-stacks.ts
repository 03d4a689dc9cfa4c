import type { Site } from "../../config/schema/site.ts";
import type { StackFacts } from "../../stacks/declaration.ts";
import { table } from "../../terminal/table.ts";

export interface ListedStack extends StackFacts {
	/** The stack that must be applied before. */
	readonly after: string | null;
	/** Where Terraform keeps the state. */
	readonly state: string;
}

/** Stacks with what a site decides about them. */
export function listStacks(catalogue: readonly StackFacts[], site: Site): ListedStack[] {
	return catalogue.map(({ name, purpose, stateTier }, index) => ({
		name,
		purpose,
		stateTier,
		after: catalogue[index - 1]?.name ?? null,
		state: stateLocation(site.state[stateTier === 0 ? "tier0" : "tier1"], name),
	}));
}

function stateLocation(backend: Site["state"]["tier0"] | Site["state"]["tier1"], stack: string): string {
	if (backend.kind === "encrypted") return `${backend.directory}/${stack}/terraform.tfstate.enc`;
	return backend.kind === "local"
		? `${backend.directory}/${stack}/terraform.tfstate`
		: `postgres://${backend.host}:${backend.port}/${backend.database} schema ${stack}`;
}

export function renderList(stacks: readonly ListedStack[]): string {
	return table(
		["stack", "tier", "after", "state", "purpose"],
		stacks.map(({ name, stateTier, after, state, purpose }) => [
			name,
			String(stateTier),
			after ?? "-",
			state,
			purpose,
		]),
	);
}
