import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../config/project-root.ts";

const text = (path: string) => readFileSync(join(projectRoot, path), "utf8");

/** Cells of every row of the tables of a page, without their heads. */
const rowsOf = (page: string) =>
	[...text(page).matchAll(/^\| (?!Elsewhere|#|---)(.*) \|$/gm)].map(([, row = ""]) =>
		row.split(" | ").map((cell) => cell.trim()),
	);

/** A cell such as `` `test/e2e/mail.test.ts`: title ``. */
function expectTest(shown: string): void {
	const [, file = "", title = ""] = /^`(\S+\.(?:test|cases)\.ts)`: (.+)$/.exec(shown) ?? [];
	expect(text(file)).toContain(JSON.stringify(title));
}

describe("what happened elsewhere, what happens here, and the test", () => {
	const rows = rowsOf("docs/reference/failures.md");

	test("is a table of every part", () => {
		expect(rows.length).toBeGreaterThan(40);
	});

	test.for(rows)("%s", ([, here = "", shown = ""]) => {
		if (shown === "" || shown === "|") expect(here).toMatch(/^No test: /);
		else expectTest(shown);
	});
});
