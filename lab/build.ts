import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programCache } from "../clients/host/program-cache.ts";
import { run } from "../clients/host/run.ts";
import { projectRoot } from "../config/project-root.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import { UsageError } from "../terminal/usage-error.ts";
import { findProgram } from "./find-program.ts";
import type { NeededProgram } from "./needed-programs.ts";

/** Called before and after each program. */
export interface BuildProgress {
	readonly begun: (name: string, version: string) => void;
	readonly done: (name: string, milliseconds: number) => void;
}

/**
 * Builds missing programs from the Go modules in `tools/` into the cache. A program appears there once it is complete.
 *
 * @returns names of programs that are still missing, because no module builds them
 * @throws UsageError without Go; Error with the output of the compiler; Interrupted, with nothing incomplete left
 */
export async function build(
	programs: readonly NeededProgram[],
	{ begun, done }: BuildProgress,
): Promise<string[]> {
	const missing = programs.filter(({ names }) => findProgram(...names) === undefined);
	const buildable = missing.filter((program) => program.build !== undefined);
	if (buildable.length > 0 && findProgram("go") === undefined)
		throw new UsageError(
			"there is no Go compiler on PATH",
			"install Go 1.26 or newer, or bring the programs yourself",
		);
	mkdirSync(programCache, { recursive: true });
	for (const program of buildable) {
		const [name] = program.names;
		const start = performance.now();
		begun(name, version(program));
		await compile(program);
		done(name, performance.now() - start);
	}
	return missing.filter((program) => program.build === undefined).map(({ names }) => names.join(" or "));
}

async function compile(program: NeededProgram): Promise<void> {
	const [name] = program.names;
	const { build } = program;
	if (build === undefined) return;
	const part = join(programCache, `.${name}.${process.pid}.part`);
	const cwd = join(projectRoot, "tools", build.module);
	const scratch = mkdtempSync(join(tmpdir(), `infra-${process.pid}-build-`));
	const stamp = Object.entries(build.stamps?.(version(program)) ?? {})
		.map(([variable, value]) => ` -X ${variable}=${value}`)
		.join("");
	try {
		const module =
			build.patched === undefined ? [] : [`-modfile=${await patch(build.patched, cwd, scratch)}`];
		const flags = ["-mod=readonly", ...module, "-trimpath", "-ldflags", `-s -w${stamp}`];
		await go(name, ["build", ...flags, "-o", part, build.package], cwd);
		renameSync(part, join(programCache, name));
	} finally {
		rmSync(part, { force: true });
		rmSync(scratch, { recursive: true, force: true });
	}
}

/** Runs the compiler. @returns what it printed */
async function go(name: string, args: readonly string[], cwd: string): Promise<string> {
	const { code, stdout, stderr } = await run("go", args, { cwd, env: process.env });
	if (code !== 0) throw new VisibleError(`${name} cannot be built:\n${(stderr || stdout).trimEnd()}`);
	return stdout;
}

/**
 * Copies a dependency of a module, puts the module's own files into the copy, and writes a go.mod that uses it. The
 * compiler takes no overlay of files in its cache of modules.
 *
 * @param cwd folder of the module
 * @param scratch empty
 * @returns path of that go.mod, with its go.sum beside it
 */
export async function patch(
	{ dependency, folder }: { readonly dependency: string; readonly folder: string },
	cwd: string,
	scratch: string,
): Promise<string> {
	const { Dir } = JSON.parse(await go(dependency, ["mod", "download", "-json", dependency], cwd)) as {
		readonly Dir: string;
	};
	const copy = join(scratch, folder);
	// What lies in the cache of modules is read-only.
	const { code, stderr } = await run("cp", ["-r", "--no-preserve=mode", Dir, copy], { env: process.env });
	if (code !== 0) throw new VisibleError(`${dependency} cannot be copied:\n${stderr.trimEnd()}`);
	cpSync(join(cwd, folder), copy, { recursive: true });
	const file = join(scratch, "go.mod");
	const text = readFileSync(join(cwd, "go.mod"), "utf8");
	writeFileSync(file, `${text}\nreplace ${dependency} => ${copy}\n`);
	cpSync(join(cwd, "go.sum"), join(scratch, "go.sum"));
	return file;
}

/** Source of a program, for messages. */
export function origin(program: NeededProgram): string {
	if (program.build !== undefined) return `tools/, ${version(program)}`;
	const { debianPackage } = program;
	return debianPackage === undefined ? "its own packages" : `apt-get install ${debianPackage}`;
}

/** Version of a program in its module. */
function version({ build }: NeededProgram): string {
	if (build === undefined) return "";
	const text = readFileSync(join(projectRoot, "tools", build.module, "go.mod"), "utf8");
	const module = build.product ?? build.package.replace(/\/cmd\/.*$/, "");
	return new RegExp(`${module.replaceAll(".", "\\.")} (v\\S+)`).exec(text)?.[1] ?? "";
}
