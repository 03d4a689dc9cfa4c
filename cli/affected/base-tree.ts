import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type ProcessResult, run } from "../../clients/host/run.ts";
import { projectRoot } from "../../config/project-root.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { git, type Revision } from "./git.ts";
import { renderedStack } from "./rendered-folder.ts";
import { besideProgram, type Renderings } from "./renderings.ts";

export interface BaseInput {
	readonly revision: Revision;
	/** Empty folder that receives its tree. */
	readonly tree: string;
	/** Variables that choose the site and the registry. */
	readonly env: Readonly<Record<string, string>>;
	/** Says what takes time. */
	readonly progress: (what: string) => void;
}

/**
 * Renders a revision with its own code and dependencies.
 *
 * @throws UsageError when that fails; its own error is in the message
 */
export async function renderBase({ revision, tree, env, progress }: BaseInput): Promise<Renderings> {
	const short = revision.commit.slice(0, 8);
	progress(`building ${short}`);
	await unpack(revision, tree);
	if (!existsSync(join(tree, "main.ts")) || !existsSync(join(tree, "package-lock.json")))
		throw cannotBuild(short, "it has no main.ts, or no package-lock.json");
	await installDependencies(tree, short, progress);
	const output = join(tree, "cdktf.out");
	const variables = {
		...process.env,
		...env,
		CDKTF_OUTDIR: output,
		NODE_COMPILE_CACHE: join(tree, ".compiled"),
	};
	const program = async (file: string) => {
		const pinned = join(tree, "node_modules/node/bin/node");
		const node = existsSync(pinned) ? pinned : process.execPath;
		return must(await run(node, [join(tree, file)], { cwd: tree, env: variables }), short);
	};
	await program("main.ts");
	const stacks = orderOf(join(output, "manifest.json")).map((name) => {
		const read = (file: string) => readFileSync(join(output, "stacks", name, file), "utf8");
		return [
			name,
			renderedStack(JSON.parse(read("cdk.tf.json")), read(".terraform.lock.hcl"), tree, () => true),
		];
	});
	const known = existsSync(join(tree, besideProgram));
	const told = known ? JSON.parse((await program(besideProgram)).stdout) : {};
	return { stacks: Object.fromEntries(stacks), site: told.site, beside: told.beside };
}

async function unpack({ commit }: Revision, tree: string): Promise<void> {
	const archive = `${tree}.tar`;
	const written = await git("archive", "--format=tar", `--output=${archive}`, commit);
	const { code, stderr } = await run("tar", ["-xf", archive, "-C", tree]);
	if (written === undefined || code !== 0)
		throw new UsageError(
			`the tree of ${commit} cannot be unpacked: ${stderr.trim()}`,
			"git fsck looks at the clone",
		);
}

/**
 * Gives the tree the dependencies of its own lock file: those that are installed here when the lock is the same, else
 * new ones. Classes of providers are made from the tree's own schemas in both cases.
 */
async function installDependencies(
	tree: string,
	short: string,
	progress: (what: string) => void,
): Promise<void> {
	const lockOf = (root: string) => readFileSync(join(root, "package-lock.json"), "utf8");
	if (lockOf(tree) === lockOf(projectRoot)) {
		linkModules(join(projectRoot, "node_modules"), join(tree, "node_modules"));
		const bindings = "providers/bindings/generate.ts";
		if (existsSync(join(tree, bindings)))
			must(await run(process.execPath, [join(tree, bindings)], { cwd: tree }), short);
		return;
	}
	progress(`installing the dependencies of ${short}, whose package-lock.json is another one`);
	must(await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: tree }), short);
}

/** Links every package; those of the project itself, which are links already, lead into the tree. */
function linkModules(from: string, to: string): void {
	mkdirSync(to, { recursive: true });
	for (const entry of readdirSync(from, { withFileTypes: true })) {
		const [source, target] = [join(from, entry.name), join(to, entry.name)];
		if (entry.name.startsWith("@")) linkModules(source, target);
		else if (entry.isSymbolicLink()) {
			const own = relative(realpathSync(projectRoot), realpathSync(source));
			const tree = to.slice(0, to.lastIndexOf(`${sep}node_modules`));
			symlinkSync(own.startsWith("..") ? source : join(tree, own), target);
		} else symlinkSync(source, target);
	}
}

function must(result: ProcessResult, short: string): ProcessResult {
	if (result.code === 0) return result;
	throw cannotBuild(short, stripVTControlCharacters(result.stderr || result.stdout).trim());
}

function cannotBuild(short: string, why: string): UsageError {
	return new UsageError(
		`the base ${short} cannot be built, so what changed since cannot be told:\n${why}`,
		"name another base with --base, or take every stack as affected: infra plan",
	);
}

/** Names of the stacks of an output. */
function orderOf(manifest: string): string[] {
	return Object.keys(JSON.parse(readFileSync(manifest, "utf8")).stacks);
}
