import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { origin } from "../../../lab/build.ts";
import { furtherPrograms, labPrograms } from "../../../lab/needed-programs.ts";

const built = [...labPrograms, ...furtherPrograms].filter(({ build }) => build !== undefined);

describe("a program that is built", () => {
	test.each(built.map((program) => [program.names[0], program] as const))(
		"%s has a version",
		(_, program) => {
			expect(origin(program)).toMatch(/^tools\/, v\d+\.\d+\.\d+$/);
		},
	);

	const patched = built.flatMap(({ names: [name], build }) =>
		build?.patched === undefined ? [] : [[name, build.module, build.patched] as const],
	);
	test.each(patched)(
		"%s has files for the dependency that it changes",
		(_, module, { dependency, folder }) => {
			const tools = join(projectRoot, "tools", module);
			expect(readFileSync(join(tools, "go.mod"), "utf8")).toContain(`\t${dependency} v`);
			expect(globSync("**/*.go", { cwd: join(tools, folder) })).not.toEqual([]);
		},
	);
});
