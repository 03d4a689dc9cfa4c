import type { IConstruct } from "constructs";

/** A stack whose construction failed. */
export class BuildError extends Error {
	override readonly name = "BuildError";
	/** Path of the construct that was made last, such as `redis/proxy/config`: it failed, or what came after it did. */
	readonly last: string;

	constructor(stack: string, last: string, cause: unknown) {
		super(`stack ${stack}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
		this.last = last;
	}
}

/** The error of a stack that could not be added to a tree, in which it stands half-built. */
export function buildError(tree: IConstruct, name: string, cause: unknown): BuildError {
	const stack = tree.node.tryFindChild(name);
	return new BuildError(name, stack === undefined ? name : lastOf(stack).node.path, cause);
}

/** A construct enters the tree before it makes its parts. */
function lastOf(construct: IConstruct): IConstruct {
	const last = construct.node.children.at(-1);
	return last === undefined ? construct : lastOf(last);
}
