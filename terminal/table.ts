import { stripVTControlCharacters, styleText } from "node:util";

/** Lays out rows in columns, two spaces apart; a column whose cells are all numbers is aligned to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
	const columns = header.map((title, index) => {
		const cells = rows.map((row) => row[index] ?? "");
		return {
			width: Math.max(...[title, ...cells].map(width)),
			right: cells.length > 0 && cells.every((cell) => /^\d+$/.test(stripVTControlCharacters(cell))),
		};
	});
	const line = (cells: readonly string[]) =>
		columns
			.map(({ width: total, right }, index) => {
				const cell = cells[index] ?? "";
				const padding = " ".repeat(total - width(cell));
				return right ? padding + cell : cell + padding;
			})
			.join("  ")
			.trimEnd();
	return [styleText("dim", line(header)), ...rows.map(line)].join("\n");
}

function width(cell: string): number {
	return stripVTControlCharacters(cell).length;
}
