import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** What starts a process may set it up; from there on everything is an argument. */
const entryPoints = ["cli/bin/**", "cli/infra.ts", "main.ts", "vitest.config.ts", "test/bench/**"];

/** Variables that choose what a command works on. One module reads them. */
const choice = {
	variables: ["INFRA_SITE", "INFRA_REGISTRY", "CDKTF_OUTDIR"],
	reader: "config/site-choice.js",
};

/** Lines that write to the environment of this process, as `file: line`. */
function writes(sources: ReadonlyMap<string, string>): string[] {
	const name = String.raw`process\.env(\.\w+|\[[^\]]+\])`;
	const write = new RegExp(
		[
			String.raw`${name}\s*(\?\?|\|\||&&|\+)?=(?![=>])`,
			String.raw`process\.env\s*=(?![=>])`,
			String.raw`Object\.(assign|define\w+)\(\s*process\.env\b`,
			String.raw`(delete\s+|Reflect\.\w+\(\s*)process\.env\b`,
		].join("|"),
	);
	return linesWith(sources, (line) => write.test(line));
}

/** Lines that read a variable of the choice, as `file: line`. */
function reads(sources: ReadonlyMap<string, string>): string[] {
	const read = new RegExp(
		String.raw`process\.env(\.|\[")(${choice.variables.join("|")})\b|[{,] *(${choice.variables.join("|")})\b.*\} = process\.env`,
	);
	return linesWith(sources, (line) => read.test(line));
}

function linesWith(sources: ReadonlyMap<string, string>, matches: (line: string) => boolean): string[] {
	return [...sources].flatMap(([file, text]) =>
		text
			.split("\n")
			.filter(matches)
			.map((line) => `${file}: ${line.trim()}`),
	);
}

function sources(pattern: string, exclude: readonly string[]): Map<string, string> {
	const files = globSync(pattern, { exclude: ["**/lib/**", "**/*.d.ts", ...exclude] });
	return new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
}

it("passes arguments, not variables", () => {
	const own = sources("{*,[!n]*/**/*}.{ts,js}", [...entryPoints, "test/unit/process-environment.test.ts"]);
	expect(own.size).toBeGreaterThan(800);
	expect(writes(own)).toEqual([]);
	const project = sources(
		"{main.ts,{config,providers,world,constructs,rules,stacks,terminal,clients,engine,lab,cli}/**/*.{ts,js}}",
		[choice.reader],
	);
	expect(project.size).toBeGreaterThan(400);
	expect(reads(project)).toEqual([]);
});

it.each([
	'process.env.INFRA_SITE = "lab";',
	"process.env.INFRA_REGISTRY ??= file;",
	'process.env["PATH"] += folder;',
	"Object.assign(process.env, await labEnvironment(lab));",
	"delete process.env.CI;",
])("finds the write in %s", (line) => {
	expect(writes(new Map([["x.ts", line]]))).toEqual([`x.ts: ${line}`]);
});

it.each(["if (process.env.CI === undefined) return;", "const env = { ...process.env, A: 1 };"])(
	"leaves the read in %s alone",
	(line) => {
		expect(writes(new Map([["x.ts", line]]))).toEqual([]);
	},
);

it.each([
	"const site = process.env.INFRA_SITE || fallback;",
	"const { INFRA_REGISTRY: file } = process.env;",
])("finds the choice read in %s", (line) => {
	expect(reads(new Map([["x.ts", line]]))).toEqual([`x.ts: ${line}`]);
});
