import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needs } from "./harness/needs.ts";

needs("shellcheck");

const root = join(import.meta.dirname, "../..");
const scripts = [
	...globSync("**/*.sh", { cwd: root, exclude: (name) => /^(node_modules|\.)/.test(String(name)) }),
	...globSync(".ci/*", { cwd: root }),
];

test("shellcheck has nothing to say about any script", () => {
	expect(scripts).not.toEqual([]);
	expect(spawnSync("shellcheck", ["--format=gcc", ...scripts], { cwd: root, encoding: "utf8" }).stdout).toBe(
		"",
	);
});
