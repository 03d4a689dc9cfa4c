import type { Forge } from "../../clients/forge/forge.ts";
import { driftLabel, type IssueChange, issueChanges } from "./issue-changes.ts";
import type { StackDrift } from "./stack-drift.ts";

/**
 * Makes the issues at the forge say what was found.
 *
 * @returns what was done, a line each
 * @throws VisibleError when the forge refuses
 */
export async function keepIssues(
	forge: Forge,
	site: string,
	stacks: readonly StackDrift[],
): Promise<string[]> {
	const [self, issues] = await Promise.all([forge.self(), forge.openIssues(driftLabel)]);
	const done: string[] = [];
	for (const change of issueChanges(stacks, { site, issues, self })) done.push(await make(forge, change));
	return done;
}

async function make(forge: Forge, change: IssueChange): Promise<string> {
	if (change.kind === "open") {
		const { number } = await forge.openIssue(change.title, change.body, driftLabel);
		return `opened #${number}: ${change.title}`;
	}
	if (change.kind === "edit") {
		await forge.editIssue(change.number, { body: change.body });
		return `edited #${change.number}`;
	}
	// The comment first: an issue that is closed without a word would not be looked at again.
	await forge.comment(change.number, change.comment);
	await forge.editIssue(change.number, { state: "closed" });
	return `closed #${change.number}`;
}
