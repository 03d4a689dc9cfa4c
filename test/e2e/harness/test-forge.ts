/** A forge with one repository, for tests: the real one or its stand-in. */
export interface TestForge {
	readonly address: string;
	/** Account whose token reviews. */
	readonly robot: { readonly token: string };
	/** Account of somebody who opens pull requests. */
	readonly author: { readonly token: string };
	/** Opens a pull request of a commit of its own. @returns its number, and the commit */
	readonly open: (description: string) => Promise<{ readonly number: number; readonly commit: string }>;
	/** Changes the description of a pull request. */
	readonly describe: (number: number, description: string) => Promise<void>;
	/** Merges a pull request into `main`. @returns the commit that `main` is at then */
	readonly merge: (number: number, style: MergeStyle) => Promise<string>;
	/** Commits to `main` without a pull request. @returns the commit */
	readonly push: () => Promise<string>;
	readonly stop: () => Promise<void>;
}

export type MergeStyle = "merge" | "squash" | "rebase" | "rebase-merge";

/** The repository of every test forge. */
export const repository = "team/infra";
