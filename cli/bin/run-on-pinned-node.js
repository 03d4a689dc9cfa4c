import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Runs a program on the Node.js that the lock file pins, whichever `node` the caller's PATH finds first.
 *
 * @param {string} program absolute path of a JavaScript or TypeScript file
 * @param {NodeJS.ProcessEnv} [environment] variables on top of the caller's
 * @returns {never} ends the process with the program's exit code
 */
export function runOnPinnedNode(program, environment = {}) {
	const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
	const node = existsSync(pinned) ? pinned : process.execPath;
	// The child shares the terminal's process group, so Ctrl-C reaches it directly: wait for its own clean-up.
	for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) process.on(signal, () => {});
	const child = spawnSync(node, [program, ...process.argv.slice(2)], {
		stdio: "inherit",
		env: { ...process.env, ...environment },
	});
	if (child.error) throw child.error;
	process.exit(child.status ?? 1);
}
