import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { projectRoot } from "../../config/project-root.ts";
import { needs } from "./harness/needs.ts";

needs("shellcheck");

const scripts = [
	...globSync("**/*.sh", { cwd: projectRoot, exclude: (name) => /^(node_modules|\.)/.test(String(name)) }),
	...globSync(".ci/*", { cwd: projectRoot }),
];

test("shellcheck has nothing to say about any script", () => {
	expect(scripts).not.toEqual([]);
	expect(
		spawnSync("shellcheck", ["--format=gcc", ...scripts], { cwd: projectRoot, encoding: "utf8" }).stdout,
	).toBe("");
});

/** Programs that decide over data. Those of Redis look again every second, and decide by what they know for certain. */
const overData = scripts.filter((script) => /^constructs\/(?!redis)/.test(script));

/** Statements of a function that stand for themselves: what is deeper belongs to one of them. */
function statementsOf(text: string, name: string): string[] {
	const body = new RegExp(`^${name}\\(\\) \\{\\n(.*?)^\\}`, "ms").exec(text)?.[1] ?? "";
	return body
		.split("\n")
		.filter((line) => /^\t[^\t#]/.test(line) && !/^\t(local|fi|done|esac|\}|[^ =(]*\))|;;$/.test(line))
		.filter((_, at, lines) => !/(\\|\||'|&&)$/.test(lines[at - 1] ?? ""));
}

/** Functions that run where `set -e` is off: in a condition, or before `||`. In substitutions it is on (inherit_errexit). */
function functionsWithoutErrexit(files: readonly string[]): Set<string> {
	const { stdout } = spawnSync("shellcheck", ["--format=gcc", "--enable=check-set-e-suppressed", ...files], {
		cwd: projectRoot,
		encoding: "utf8",
	});
	return new Set(
		[...stdout.matchAll(/^([^:]+):(\d+):(\d+): .*\[SC2310\]$/gm)].map(([, file = "", line, column]) => {
			const text = readFileSync(`${projectRoot}/${file}`, "utf8").split("\n")[Number(line) - 1] ?? "";
			return /^\w*/.exec(text.slice(Number(column) - 1))?.[0] ?? "";
		}),
	);
}

test("no function that decides over data goes on after an error that set -e does not see", () => {
	const texts = overData.map((script) => readFileSync(`${projectRoot}/${script}`, "utf8")).join("\n");
	const called = functionsWithoutErrexit(overData);
	expect(called).toContain("has_line");
	expect([...called].filter((name) => statementsOf(texts, name).length > 1)).toEqual([]);
	expect(statementsOf("two() {\n\tlocal a\n\ta=$(false)\n\techo\n}\n", "two")).toHaveLength(2);
});
