import { VisibleError } from "../../config/schema/visible-error.ts";
import type { TableEntry } from "../../constructs/storage/exports/export-table.ts";

/** `PATH<tab>CLIENT(OPTION,…)` */
const line = /^(\S+)\s+(\S*)\(([^)]*)\)$/;

/**
 * Reads the table that exportfs keeps (etab). `exportfs -s` prints the same one, but without a kernel server it leaves
 * `insecure` out; here every option is spelt out.
 *
 * @throws on a line of another form
 */
export function parseTable(etab: string): TableEntry[] {
	return etab
		.split("\n")
		.filter((text) => text.trim() !== "")
		.map((text) => {
			const [, path, client, options] = line.exec(text) ?? [];
			if (path === undefined || client === undefined || options === undefined)
				throw new VisibleError(
					`table of exports: expected "PATH CLIENT(OPTIONS)", found ${JSON.stringify(text)}`,
				);
			return { path: unescaped(path), client: client || "*", options: [...new Set(options.split(","))] };
		});
}

/** Octal escapes such as `\040` for a space. */
function unescaped(path: string): string {
	return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
