import type { World } from "../../../world/world.ts";
import { type SourceReport, type StackDrift, worstFirst } from "../stack-drift.ts";
import { accepted } from "./accepted.ts";
import { dns } from "./dns.ts";
import { edge } from "./edge.ts";
import { exportTable } from "./exports.ts";
import { lookAt, type Source, type SourceFindings } from "./source.ts";
import { vault } from "./vault.ts";

const sources: readonly Source[] = [vault, dns, edge, exportTable];

/**
 * Adds to the report of a stack what its plan cannot show. A source is asked even where the stack could not be planned.
 *
 * @throws Interrupted
 */
export async function withSources(
	report: StackDrift,
	world: World,
	planned: ReadonlySet<string> | undefined,
): Promise<StackDrift> {
	let whole = report;
	for (const source of sources)
		if (source.stacks(world).includes(report.stack))
			whole = add(whole, source, await lookAt(source, { world, stack: report.stack, planned }), world);
	return whole;
}

function add(report: StackDrift, { name }: Source, found: SourceFindings, world: World): StackDrift {
	const { undeployed = 0, errors = [], leftOut, remarks = [] } = found;
	const known = accepted(world.site.drift.accepted);
	const drifted = (found.drifted ?? []).filter(({ address }) => !known(address));
	const tolerated = (found.drifted ?? []).filter(({ address }) => known(address));
	const source: SourceReport = {
		name,
		outcome:
			leftOut !== undefined
				? "left out"
				: drifted.length > 0
					? "drift"
					: errors.length > 0
						? "error"
						: undeployed > 0
							? "undeployed"
							: "clean",
		remarks: [...(leftOut === undefined ? [] : [leftOut]), ...remarks],
	};
	return {
		...report,
		drifted: worstFirst([...report.drifted, ...drifted]),
		tolerated: [...report.tolerated, ...tolerated.map(({ address }) => address)].sort(),
		undeployed: report.undeployed + undeployed,
		errors: [...report.errors, ...errors.map((error) => `${name}: ${error}`)],
		sources: [...report.sources, source],
	};
}
