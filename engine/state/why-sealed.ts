import { UsageError } from "../../terminal/usage-error.ts";
import type { StackDocument } from "../../world/world.ts";
import { isHalfDone, waysToEnd } from "./pending-move.ts";
import { PostgresState } from "./postgres-state.ts";
import { saysSealed } from "./sealed-state.ts";

/**
 * Why an engine has refused the state of a stack: a move from or to it is half done, in this checkout or another one.
 *
 * @param output of the engine, where it is known; else the database is asked whatever it was
 * @returns undefined for every other reason
 */
export async function whySealed(
	{ stack, json }: Pick<StackDocument, "stack" | "json">,
	output?: string,
	env: NodeJS.ProcessEnv = process.env,
): Promise<UsageError | undefined> {
	if (output !== undefined && !saysSealed(output)) return undefined;
	const { backend } = (json.terraform ?? {}) as { readonly backend?: { readonly pg?: { conn_str: string } } };
	if (backend?.pg === undefined) return undefined;
	try {
		const pending = await PostgresState.pendingMove({ stack, connection: backend.pg.conn_str, env });
		return pending && isHalfDone(pending, stack);
	} catch (error) {
		if (output === undefined) return undefined;
		// The engine has refused it, and that stands.
		return new UsageError(
			`stack ${stack}: a move of objects from or to its state is half done, and who does it is unknown: ${(error as Error).message}`,
			waysToEnd(stack),
		);
	}
}
