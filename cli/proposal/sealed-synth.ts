import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { besideProgram } from "../affected/renderings.ts";

/** Milliseconds for everything that a tree runs. */
const longest = 300_000;

/** Characters that are kept of what it says: the last ones. */
const mostSaid = 16 * 1024;

/** Characters that it may print beside its documents. */
const mostPrinted = 16 * 1024 ** 2;

/** Where things are in the sealed room. */
const room = { tree: "/tree", documents: "/documents", registry: "/registry.json", node: "/node" } as const;

export interface SealedSynth {
	/** Somebody's tree. Its code may write there; nothing else is done with it afterwards. */
	readonly tree: string;
	/** Folder that receives the documents; whatever was there is removed. */
	readonly documents: string;
	/** Name of a site of the tree. */
	readonly site: string;
	/** File with the registry of people. @default the site's own file */
	readonly registry?: string | undefined;
}

/** The tree asks for something that code nobody has reviewed does not get. */
export class UnbuildableTree extends UsageError {
	override readonly name = "UsageError";
}

/** How it ended, and the end of what it said, as it said it. */
export interface Sealed {
	readonly built: boolean;
	readonly said: string;
	/** What its program has printed of what it renders beside Terraform: any text at all. Empty when it was not built. */
	readonly beside: string;
}

/**
 * Runs the code of a tree where it can do no harm, and lets it write its documents: no network, no variable and no file
 * of this process, no other process, no write but to its own tree and to the documents; for five minutes. Its packages
 * are those that are installed here, so that nothing is installed, and no script of a package runs.
 *
 * @throws UnbuildableTree when it asks for other packages; UsageError when no such room can be made
 */
export async function sealedSynth({ tree, documents, site, registry }: SealedSynth): Promise<Sealed> {
	const lock = (root: string) => {
		const file = join(root, "package-lock.json");
		return existsSync(file) ? readFileSync(file, "utf8") : undefined;
	};
	if (lock(tree) !== lock(projectRoot))
		throw new UnbuildableTree(
			"it changes package-lock.json: packages are not installed for code that nobody has reviewed",
			"whoever trusts the change reviews it on a machine of their own: infra review",
		);
	rmSync(documents, { recursive: true, force: true });
	mkdirSync(documents, { recursive: true });
	rmSync(join(tree, "node_modules"), { recursive: true, force: true });
	mkdirSync(join(tree, "node_modules"));
	const walls = wallsOf({ tree, documents, registry });
	const env = {
		PATH: "/usr/bin:/bin",
		HOME: "/tmp",
		INFRA_SITE: site,
		CDKTF_OUTDIR: room.documents,
		CHECKPOINT_DISABLE: "1",
		...(registry === undefined ? {} : { INFRA_REGISTRY: room.registry }),
	};
	await requireRoom(walls);
	const said: string[] = [];
	const failed = (why = "") => ({ built: false, said: [...said, why].join(""), beside: "" });
	let printed = "";
	// All in one room: the first leaves classes of providers in the tree.
	for (const step of ["providers/bindings/generate.ts", "main.ts", besideProgram]) {
		if (!existsSync(join(tree, step))) {
			if (step.startsWith("providers/")) continue;
			return failed(`${step} is missing`);
		}
		const result = await inRoom([...walls, ...settings(env), room.node, step]);
		said.push(result.said);
		if (result.code !== 0) return failed();
		printed = result.printed;
	}
	return { built: true, said: said.join(""), beside: printed };
}

/** Arguments of bubblewrap: what is in the room is said, all else is not there. */
function wallsOf({ tree, documents, registry }: Omit<SealedSynth, "site">): string[] {
	const system = ["/usr", "/bin", "/lib", "/lib64"].filter((path) => existsSync(path));
	return [
		...["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"],
		...system.flatMap((path) => ["--ro-bind", path, path]),
		...["--dev", "/dev", "--tmpfs", "/tmp"],
		...["--bind", tree, room.tree, "--bind", documents, room.documents],
		...["--ro-bind", join(projectRoot, "node_modules"), `${room.tree}/node_modules`],
		...["--ro-bind", realpathSync(process.execPath), room.node],
		...(registry === undefined ? [] : ["--ro-bind", registry, room.registry]),
		...["--chdir", room.tree],
	];
}

function settings(env: Readonly<Record<string, string>>): string[] {
	return Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]);
}

/** @throws UsageError where the machine makes no such room: code that is not sealed is not run */
async function requireRoom(walls: readonly string[]): Promise<void> {
	const { code, said } = await inRoom([...walls, room.node, "--version"]);
	if (code === 0) return;
	throw new UsageError(
		`no room without network and files can be made for code that nobody has reviewed: ${said.trim() || `bwrap ended with ${code}`}`,
		"install bubblewrap, and let the machine make user namespaces",
	);
}

/** How a program in the room has ended, and what it wrote on standard error and standard output. */
interface Ended {
	readonly code: number;
	readonly said: string;
	readonly printed: string;
}

function inRoom(args: readonly string[]): Promise<Ended> {
	// Its own environment is empty, so that nothing of this one can be read from it.
	const child = spawn("bwrap", args, {
		env: { PATH: process.env.PATH },
		stdio: ["ignore", "pipe", "pipe"],
		timeout: longest,
		killSignal: "SIGKILL",
	});
	let [said, printed] = ["", ""];
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		said = (said + text).slice(-mostSaid);
	});
	let tooMuch = false;
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		printed += text;
		if (printed.length <= mostPrinted) return;
		[printed, tooMuch] = ["", true];
		child.kill("SIGKILL");
	});
	return new Promise((resolve, reject) => {
		child.on("error", (error: NodeJS.ErrnoException) =>
			error.code === "ENOENT" ? resolve({ code: 127, said: "bwrap: not found", printed }) : reject(error),
		);
		child.on("close", (code, signal) => {
			const why = tooMuch
				? `it prints more than ${mostPrinted / 1024 ** 2} MiB`
				: `ended after ${longest / 1000} s`;
			resolve({ code: code ?? 1, said: signal === null ? said : `${said}\n${why}`, printed });
		});
	});
}
