import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../config/project-root.ts";

const text = (path: string) => readFileSync(join(projectRoot, path), "utf8");

/** Rows of the tables in docs/reference/failures.md: what happened elsewhere, what happens here, and the test. */
const rows = [
	...text("docs/reference/failures.md").matchAll(/^\| (?!Elsewhere|---)(.*) \| (.*) \|(.*)\|$/gm),
].map(([, elsewhere = "", here = "", shown = ""]) => ({ elsewhere, here, shown: shown.trim() }));

test("there are rows", () => {
	expect(rows.length).toBeGreaterThan(15);
});

test.for(rows)("$elsewhere", ({ here, shown }) => {
	if (shown === "") expect(here).toMatch(/^No test: /);
	else {
		const [, file = "", title = ""] = /^`(\S+\.test\.ts)`: (.+)$/.exec(shown) ?? [];
		expect(text(file)).toContain(JSON.stringify(title));
	}
});
