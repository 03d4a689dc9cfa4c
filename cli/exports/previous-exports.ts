import { readFile, type Target } from "../../clients/host/target.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Proposal } from "./assess.ts";
import { previousFile } from "./server-state.ts";

/**
 * The file that the last change replaced, as a proposal.
 *
 * @param site exports of the site: the stacks that mount them are checked against the old file as well
 * @throws UsageError when no change has replaced a file yet
 */
export async function previousExports(
	target: Target,
	{ consumers, confirmed }: Pick<Proposal, "consumers" | "confirmed">,
): Promise<Proposal> {
	const text = await readFile(target, previousFile);
	if (text === undefined)
		throw new UsageError(`${target.name} has no ${previousFile}: nothing was replaced there yet`);
	return { text, source: previousFile, consumers, confirmed };
}
