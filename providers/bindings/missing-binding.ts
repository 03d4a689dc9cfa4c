import { fileURLToPath } from "node:url";
import { schemaFolder, schemasIn } from "../schema/committed.ts";
import { BindingsError, refuseUnknownImports } from "./unknown-imports.ts";

/**
 * The error for a binding that could not be loaded: its type is not kept, or the bindings were never generated.
 * Undefined for any other error. It must not load the engine, since it is used to print failures.
 */
export function missingBinding(error: unknown): BindingsError | undefined {
	if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_MODULE_NOT_FOUND")
		return undefined;
	if (!/@cdktf\/provider-|\/providers\/\w+\/lib\//.test(error.message)) return undefined;
	try {
		refuseUnknownImports(fileURLToPath(new URL("../..", import.meta.url)), schemasIn(schemaFolder));
	} catch (reason) {
		if (reason instanceof BindingsError) return reason;
		throw reason;
	}
	const [what = ""] = error.message.split(" imported from ");
	return new BindingsError(what, "run `npm run bindings`, which makes the bindings of the providers");
}
