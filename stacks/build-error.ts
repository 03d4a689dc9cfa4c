import type { IConstruct } from "constructs";

/** A stack whose construction failed. */
export class BuildError extends Error {
	override readonly name = "BuildError";
	/**
	 * Path of the construct that was made last, such as `redis/proxy/config`: the error is in it, or right after it.
	 */
	readonly last: string;

	constructor(stack: string, last: string, cause: unknown) {
		super(`stack ${stack}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
		this.last = last;
	}
}

/** The error for a stack whose construction failed, and which is in the tree incomplete. */
export function buildError(tree: IConstruct, name: string, cause: unknown): BuildError {
	const stack = tree.node.tryFindChild(name);
	return new BuildError(name, stack === undefined ? name : lastOf(stack).node.path, cause);
}

/** The deepest last construct: a construct is added to the tree before its children. */
function lastOf(construct: IConstruct): IConstruct {
	const last = construct.node.children.at(-1);
	return last === undefined ? construct : lastOf(last);
}
