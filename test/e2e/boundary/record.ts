import { join } from "node:path";
import type { BoundaryRecord } from "../../../cli/docs/boundary-table.ts";
import { projectRoot } from "../../../config/project-root.ts";
import type { Attack, Attacker } from "./attack.ts";

/** What the last recorded run tried, and on which versions: `npm run boundary` writes it. */
export const recordFile = join(projectRoot, "docs/reference/boundary.json");

/** @param held attacks that ended as they should @default all of them */
export function recordOf(
	attackers: readonly Attacker[],
	versions: Readonly<Record<string, string>>,
	held?: ReadonlySet<Attack>,
): BoundaryRecord {
	return {
		versions,
		attacks: attackers.flatMap(({ who, attacks }) =>
			attacks
				.filter((attack) => held?.has(attack) ?? true)
				.map(({ row, tries, but, on }) => ({ row, who, tries, but, on })),
		),
	};
}
