import { existsSync, rmSync, writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { proposalPaths, readProposal } from "./proposal.ts";
import { sealedSynth, UnbuildableTree } from "./sealed-synth.ts";

/** What became of a proposal. */
export type SynthOutcome = "none waits" | "built" | "not built";

/**
 * Builds the documents of a fetched proposal in a sealed room. Code that fails is no failure of this step: why is kept
 * for the next one, which tells the author.
 *
 * @throws UsageError when no such room can be made
 */
export async function synthProposal(folder: string, site: string): Promise<SynthOutcome> {
	const paths = proposalPaths(folder);
	if (readProposal(folder) === undefined) return "none waits";
	if (existsSync(paths.failure)) return "not built";
	const registry = existsSync(paths.registry) ? paths.registry : undefined;
	const failed = (why: string): SynthOutcome => {
		rmSync(paths.documents, { recursive: true, force: true });
		writeFileSync(paths.failure, stripVTControlCharacters(why).trim());
		return "not built";
	};
	try {
		const { built, said, beside } = await sealedSynth({ ...paths, site, registry });
		if (!built) return failed(said.trim() || "its code failed without a word");
		writeFileSync(paths.beside, beside);
		return "built";
	} catch (error) {
		if (error instanceof UnbuildableTree) return failed(error.message);
		throw error;
	} finally {
		// Nobody looks at it again.
		rmSync(paths.tree, { recursive: true, force: true });
	}
}
