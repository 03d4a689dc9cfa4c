import { defined } from "../config/schema/defined.ts";
import { findingClasses } from "./catalogue/index.ts";
import { blocks, byRisk, type ChangeFinding } from "./finding.ts";
import type { FindingClass, Observation, PlannedStack } from "./finding-class.ts";

/** Everything that the plan of a stack does to somebody, the worst first. */
export function reviewStack(
	planned: PlannedStack,
	classes: readonly FindingClass[] = findingClasses,
): ChangeFinding[] {
	return byRisk(
		classes.flatMap((one) =>
			[...one.check(planned)].map((observation) => findingOf(one, observation, planned.summary.stack)),
		),
	);
}

function findingOf(one: FindingClass, observation: Observation, stack: string): ChangeFinding {
	const { change, about, message, risk = one.risk, remedy = one.remedy, texts } = observation;
	return {
		class: one.id,
		risk,
		stack,
		address: (change ?? about)?.address ?? "",
		path: (change ?? about)?.path,
		message,
		remedy,
		blocks: blocks(risk),
		...defined({ texts }),
	};
}
