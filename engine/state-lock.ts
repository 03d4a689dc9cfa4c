import { resolve } from "node:path";
import type { StateLock } from "../terminal/terraform-error.ts";
import type { StackDocument } from "../world/world.ts";

/**
 * How to find and end who holds the lock on a stack's state. With both backends it ends with the process that holds it,
 * and `terraform force-unlock` frees nothing: it says "not locked" of a local state, and reports a success in PostgreSQL,
 * where the session keeps its lock.
 *
 * @param folder of the stack, which a local state is relative to
 */
export function stateLock({ json, stack }: StackDocument, folder: string): StateLock | undefined {
	const { backend = {} } = (json.terraform ?? {}) as {
		readonly backend?: {
			readonly local?: { readonly path: string };
			readonly pg?: { readonly conn_str: string };
		};
	};
	const wait = "wait until the process that holds it has ended, and run the command again";
	if (backend.local !== undefined)
		return {
			help: `${wait}; on its machine, fuser -v ${resolve(folder, backend.local.path)} names it, and kill -INT <PID> ends it in order`,
			describesHolder: true,
		};
	if (backend.pg === undefined) return undefined;
	return {
		help: `${wait}; who it is, and since when: infra state show ${stack}; if its machine is gone: infra state unlock ${stack} --holder <who it is>`,
		// Terraform describes the run that asks.
		describesHolder: false,
	};
}
