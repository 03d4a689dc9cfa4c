import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { delimiter } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { withSystemFolders } from "./system-folders.js";

const inModules = (/** @type {string} */ path) =>
	fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));

/**
 * Runs a program on the Node.js that the lock file pins, whichever `node` the caller's PATH finds first.
 *
 * @param {string} program absolute path of a JavaScript or TypeScript file
 * @param {object} [how]
 * @param {readonly string[]} [how.args] arguments of the program; those of the caller by default
 * @param {NodeJS.ProcessEnv} [how.env] variables on top of the caller's
 */
export async function runOnPinnedNode(program, { args = process.argv.slice(2), env = {} } = {}) {
	// Compiled and type-stripped code is kept, for children too: that halves the start.
	process.env.NODE_COMPILE_CACHE ??= inModules(".cache/node");
	// What the program starts by the name `node` is the same Node.js.
	process.env.PATH = withSystemFolders(`${inModules(".bin")}${delimiter}${process.env.PATH}`);
	Object.assign(process.env, env);
	const pinned = inModules("node/bin/node");
	if (existsSync(pinned) && realpathSync(pinned) !== process.execPath) return spawnOn(pinned, program, args);
	module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
	process.argv = [process.execPath, program, ...args];
	await import(pathToFileURL(program).href);
}

/**
 * Ends this process with the exit code of the program.
 *
 * @param {string} node
 * @param {string} program
 * @param {readonly string[]} args
 */
function spawnOn(node, program, args) {
	const child = spawn(node, [program, ...args], { stdio: "inherit" });
	// The child shares the terminal's process group, so Ctrl-C reaches it directly: wait for its own clean-up. A
	// request to end, on the other hand, may reach this process only.
	for (const signal of /** @type {const} */ (["SIGINT", "SIGHUP"])) process.on(signal, () => {});
	process.on("SIGTERM", () => child.kill("SIGTERM"));
	child.on("error", (error) => {
		throw error;
	});
	child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)));
}
