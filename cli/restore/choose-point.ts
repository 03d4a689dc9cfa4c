import { UsageError } from "../../terminal/usage-error.ts";
import { type Restoration, timeOfPoint } from "./restoration.ts";

/**
 * The point that `--from` names; `latest` is the newest that is not of the future.
 *
 * @throws UsageError when there is none of that name
 */
export function choosePoint(
	{ name, place }: Pick<Restoration, "name" | "place">,
	points: readonly string[],
	from: string,
	now: Date,
): string {
	if (points.length === 0)
		throw new UsageError(`nothing of ${name} is in ${place}`, "infra list and the site say how it is called");
	const chosen =
		from === "latest"
			? points.findLast((point) => (timeOfPoint(point)?.getTime() ?? 0) <= now.getTime())
			: points.find((point) => point === from);
	if (chosen === undefined)
		throw new UsageError(`${from}: ${place} has no such point of ${name}`, `it has ${points.join(", ")}`);
	return chosen;
}
