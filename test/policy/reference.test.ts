import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { renderRules } from "../../rules/render-rules.ts";

it("is committed as the rules are", () => {
	const committed = readFileSync("docs/reference/rules.md", "utf8");
	expect(committed, "docs/reference/rules.md is out of date: run `npm run docs`").toBe(renderRules());
});
