import { expect, test } from "vitest";
import { mailPathRows } from "../../../cli/docs/mail-path-rows.ts";
import { mailPathTable, pathClaims } from "../../../cli/docs/mail-path-table.ts";

const claims = pathClaims();

test("no test claims a row that is not there", () => {
	expect(claims.length).toBeGreaterThan(60);
	expect(claims.filter(({ row }) => !(row in mailPathRows))).toEqual([]);
});

test("the table names every claim, and those on the image first", () => {
	const table = mailPathTable();
	for (const { row, file, title } of claims) {
		const line = table.split("\n").find((one) => one.startsWith(`| ${row} |`));
		expect(line).toContain(`\`${file}\`: ${title.replaceAll("|", "\\|")}`);
	}
	expect(table).toMatch(/^\| P1 \| .* \| `e2e\/image\/mail\/paths\.cases\.ts`/m);
});

test("a row without a test says so", () => {
	const others = claims.filter(({ row }) => row !== "P40");
	expect(mailPathTable(others)).toMatch(/^\| P40 \| .* \| \*\*no test\*\* \|$/m);
});

test("every row has a test", () => {
	const shown = new Set(claims.map(({ row }) => row));
	expect(Object.keys(mailPathRows).filter((row) => !shown.has(row))).toEqual([]);
});
