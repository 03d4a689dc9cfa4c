import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { code, markdownTable } from "../../../cli/docs/markdown-table.ts";
import { projectRoot } from "../../../config/project-root.ts";
import type { Outcome } from "./outcome.ts";

const page = join(projectRoot, "docs/reference/settings.md");

/** The tables stand below this line, to the end of the page. */
const start = "<!-- recorded by npm run settings -->\n\n";

/** Most entries of a cell: whoever changes the domain of a site reads the plan. */
const shown = 6;

const listed = (entries: readonly string[]) => [
	...entries.slice(0, shown),
	...(entries.length > shown ? [`and ${entries.length - shown} more`] : []),
];

/** What a change of each setting does, a table for each domain of the site. */
export function tablesOf(outcomes: Readonly<Record<string, Outcome>>): string {
	const domains = Map.groupBy(Object.entries(outcomes), ([path]) => path.split(".")[0] ?? "");
	const tables = [...domains].map(([domain, rows]) => {
		const table = markdownTable(
			["Setting", "A change", "Resources", "What goes along with it"],
			rows.map(([path, { effect, changes = [], refusal, findings = [] }]) => [
				code(path),
				effect,
				listed(changes).join("; "),
				refusal ?? listed(findings).join("; "),
			]),
		);
		return `### ${domain}\n\n${table}`;
	});
	return `${tables.join("\n\n")}\n`;
}

/** The tables of the page. */
export function recordedTables(): string {
	return partsOfPage()[1];
}

/** Writes the tables into the page. */
export function recordTables(tables: string): void {
	writeFileSync(page, `${partsOfPage()[0]}${start}${tables}`);
}

function partsOfPage(): readonly [string, string] {
	const text = readFileSync(page, "utf8");
	const [above, tables] = text.split(start);
	if (above === undefined || tables === undefined) throw new Error(`${page}: no line ${start.trim()}`);
	return [above, tables];
}
