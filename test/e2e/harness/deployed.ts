import type { ProcessResult } from "../../cli/infra-process.ts";

/**
 * Why tests cannot go on after a deploy of the command; undefined when it went well.
 *
 * @throws for every failure but a provider that this machine cannot get
 */
export function missingAfter({ code, stderr }: ProcessResult): string | undefined {
	if (code === 0) return undefined;
	if (!stderr.includes("cannot be installed")) throw new Error(stderr);
	return stderr.split("\n")[0];
}
