import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { boundaryRows } from "./boundary-rows.ts";
import { code, markdownTable } from "./markdown-table.ts";

/** What a run of the attacks has shown. */
export interface BoundaryRecord {
	/** Version by product. */
	readonly versions: Readonly<Record<string, string>>;
	readonly attacks: readonly {
		/** Row of the table of boundaries. */
		readonly row: string;
		readonly who: string;
		/** What was refused. */
		readonly tries: string;
		/** What is most like it, and worked. */
		readonly but: string;
		/** Product that refused it. */
		readonly on: string;
	}[];
}

const readRecord = (): BoundaryRecord =>
	JSON.parse(readFileSync(join(projectRoot, "docs/reference/boundary.json"), "utf8"));

const cell = (text: string) => text.replaceAll("|", "\\|");

/** What owners must not be able to do, what stops it, and how often and where it was attacked. */
export function boundaryTable(): string {
	const { attacks } = readRecord();
	return markdownTable(
		["", "Must not", "Stopped by", "Attacks", "More in"],
		boundaryRows.map(({ id, mustNot, stoppedBy, more }) => {
			const count = attacks.filter(({ row }) => row === id).length;
			return [
				id,
				cell(mustNot),
				cell(stoppedBy),
				count === 0 ? "none of the suite" : String(count),
				more.map(code).join(", ") || (count === 0 ? "**no test**" : ""),
			];
		}),
	);
}

/** Every attack of the recorded run. */
export function attackTable(): string {
	const { attacks, versions } = readRecord();
	const order = boundaryRows.map(({ id }): string => id);
	return markdownTable(
		["", "Who", "Is refused when it", "And yet", "Refused by"],
		attacks
			.toSorted((one, other) => order.indexOf(one.row) - order.indexOf(other.row))
			.map(({ row, who, tries, but, on }) => [
				row,
				who,
				cell(tries),
				cell(but),
				`${on} ${versions[on] ?? ""}`.trim(),
			]),
	);
}
