import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
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
