/**
 * Makes the bindings of all providers from their kept schemas; after every installation of packages (`prepare`), and by
 * `npm run bindings`. `--check` writes nothing and ends with exit code 1 when something would be written.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BindingsError } from "./unknown-imports.ts";
import { writeBindings } from "./write-bindings.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { check = false } = parseArgs({ options: { check: { type: "boolean" } } }).values;

try {
	const changed = writeBindings(root, { check });
	if (check && changed.length > 0)
		throw new BindingsError(`not as the kept schemas say: ${changed.join(", ")}`, "run `npm run bindings`");
} catch (error) {
	if (!(error instanceof BindingsError)) throw error;
	console.error(`error: ${error.message}\nhelp: ${error.remedy}`);
	process.exitCode = 1;
}
