import { existsSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { git, type Revision } from "./git.ts";

/** Where deploys record which commit a stack of a site was last deployed from. */
const refs = (site: string) => `refs/infra/applied/${site}`;

/** Commits that stacks of a site were last deployed from, by stack. */
export async function appliedRevisions(site: string): Promise<Record<string, Revision>> {
	const list = await git("for-each-ref", "--format=%(refname) %(objectname) %(tree)", refs(site));
	const lines = (list ?? "").split("\n").filter(Boolean);
	return Object.fromEntries(
		lines.map((line) => {
			const [name = "", commit = "", tree = ""] = line.split(" ");
			return [name.slice(refs(site).length + 1), { commit, tree, chosen: "last deployed" }];
		}),
	);
}

/**
 * Records that a stack of a site is deployed from this commit. With uncommitted changes nobody can say from what, so an
 * earlier record is removed. Nothing happens outside of a git checkout.
 */
export async function recordApplied(site: string, stack: string): Promise<void> {
	if (!existsSync(join(projectRoot, ".git"))) return;
	if ((await git("status", "--porcelain")) !== "") return forgetApplied(site, stack);
	await git("update-ref", `${refs(site)}/${stack}`, "HEAD");
}

/** Removes the record of a stack. */
export async function forgetApplied(site: string, stack: string): Promise<void> {
	if (existsSync(join(projectRoot, ".git"))) await git("update-ref", "-d", `${refs(site)}/${stack}`);
}
