import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";

/** What is loaded before Terraform begins its plan. */
const begins = [
	"cli/infra.ts",
	"cli/commands/plan.ts",
	"engine/stack-selection.ts",
	"engine/open-stacks.ts",
	"engine/plan/plan-stacks.ts",
];
const loads = /^(?:import|export) (?!type )(?:[^;"]*? from )?"(\.[^"]+)"/gm;

function loadedFrom(files: readonly string[]): Set<string> {
	const found = new Set<string>();
	const open = [...files];
	for (let file = open.pop(); file !== undefined; file = open.pop()) {
		if (found.has(file) || !existsSync(join(projectRoot, file))) continue;
		found.add(file);
		const text = readFileSync(join(projectRoot, file), "utf8");
		for (const [, name = ""] of text.matchAll(loads)) open.push(join(dirname(file), name));
	}
	return found;
}

test("a plan waits neither for other commands nor for what judges and shows it", () => {
	const loaded = [...loadedFrom(begins)];
	expect(loaded).toContain("engine/working-directory.ts");
	expect(loaded.filter((file) => file.startsWith("review/") || file.includes("/render-"))).toEqual([]);
	expect(loaded.filter((file) => file.startsWith("cli/commands/"))).toEqual([
		"cli/commands/plan.ts",
		"cli/commands/examples.ts",
	]);
});

test("what is loaded later is found as well", () => {
	expect([...loadedFrom(["engine/plan/judge-plan.ts"])]).toContain("review/review-stack.ts");
});
