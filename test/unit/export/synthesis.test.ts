import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { sourcePaths } from "../../../cli/export/source-paths.ts";
import { synthesisOf } from "../../../cli/export/synthesis.ts";
import { projectRoot } from "../../../config/project-root.ts";
import { temporaryFolder } from "../../synth.ts";

test("stacks are built from the folders that their code imports from, own packages included", () => {
	const root = temporaryFolder();
	const files = {
		"main.ts": 'import "./stacks/a.ts";\nimport settings from "./settings.json";',
		"settings.json": "{}",
		"stacks/a.ts": 'const b = () => import("../deep/down/b.ts");\nimport { x } from "@own/provider/lib";',
		"deep/down/b.ts": 'import { y } from "foreign";',
		"providers/own/package.json": "{}",
		"node_modules/foreign/package.json": "{}",
		"tests/a.test.ts": 'import "../stacks/a.ts";',
	};
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, name)), { recursive: true });
		writeFileSync(join(root, name), text);
	}
	mkdirSync(join(root, "node_modules/@own"));
	symlinkSync(join(root, "providers/own"), join(root, "node_modules/@own/provider"));
	expect(sourcePaths(root, ["main.ts"])).toEqual([
		"deep/**",
		"main.ts",
		"package-lock.json",
		"package.json",
		"providers/**",
		"settings.json",
		"stacks/**",
	]);
});

test("the stacks of this repository are built from its configuration and code, not from its tests", () => {
	const paths = sourcePaths(projectRoot, ["main.ts"]);
	expect(paths).toEqual(
		expect.arrayContaining([
			"config/**",
			"constructs/**",
			"providers/**",
			"rules/**",
			"stacks/**",
			"world/**",
		]),
	);
	expect(paths).not.toContain("test/**");
	expect(paths).not.toContain("docs/**");
});

const choice = { chosenBy: "test" };

test("another engine synthesises what was chosen here", () => {
	expect(synthesisOf({ ...choice, site: "home" })).toEqual({
		output: "cdktf.out.home",
		command: "npm ci && npx infra --site home synth",
		files: [],
	});
	const site = join(projectRoot, "config/sites/my own.json");
	expect(
		synthesisOf({
			...choice,
			site,
			registryFile: "config/registry/lab.json",
			outdir: join(projectRoot, "out"),
		}),
	).toEqual({
		output: "out",
		command:
			"npm ci && INFRA_REGISTRY=config/registry/lab.json CDKTF_OUTDIR=out npx infra --site './config/sites/my own.json' synth",
		files: ["config/sites/my own.json", "config/registry/lab.json"],
	});
});

test("what is outside the repository is refused", () => {
	expect(() => synthesisOf({ ...choice, site: "/elsewhere/site.json" })).toThrow(
		"the site /elsewhere/site.json is outside",
	);
	expect(() => synthesisOf({ ...choice, site: "lab", outdir: "/elsewhere" })).toThrow("the output folder");
	expect(() => synthesisOf({ ...choice, site: "lab", outdir: projectRoot })).toThrow("the output folder");
});
