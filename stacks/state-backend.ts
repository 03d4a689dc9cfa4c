import type { Site } from "../config/schema/site.ts";
import { fromStackFolder } from "../constructs/stack-folder.ts";
import type { StackFacts } from "./declaration.ts";

/** Terraform's backend of a stack, as its document has it. */
export type StateBackend =
	| { readonly local: { readonly path: string } }
	// Its address, login and lock are in the environment of a run (engine/state).
	| { readonly http: { readonly retry_wait_max: number } }
	// The password is in PGPASSWORD: the connection string is copied into the working folder.
	| { readonly pg: { readonly conn_str: string; readonly schema_name: string } };

export function stateBackend({ state }: Pick<Site, "state">, { name, stateTier }: StackFacts): StateBackend {
	const backend = stateTier === 0 ? state.tier0 : state.tier1;
	if (backend.kind === "local")
		return { local: { path: fromStackFolder(`${backend.directory}/${name}/terraform.tfstate`) } };
	if (backend.kind === "encrypted") return copyBackend;
	const { user, host, port, database, sslMode } = backend;
	const conn_str = `postgres://${user}@${host}:${port}/${database}?sslmode=${sslMode}`;
	return { pg: { conn_str, schema_name: name } };
}

/** Backend whose state the command serves itself. */
export const copyBackend: StateBackend = { http: { retry_wait_max: 5 } };
