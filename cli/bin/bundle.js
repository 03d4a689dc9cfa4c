import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where `npm run bundle` puts the command, inside `node_modules`: every installation begins without it. */
export const bundleFolder = fileURLToPath(new URL("../../node_modules/.cache/infra", import.meta.url));

/** Changed by npm with every installation of packages. */
export const installation = fileURLToPath(new URL("../../node_modules/.package-lock.json", import.meta.url));

/**
 * The bundled form of the command while every file that it was made of is as it was, else the command as it is written.
 * The bundle starts faster and does the same.
 *
 * @param {string} program absolute path of the command
 * @returns {string}
 */
export function bundledOr(program) {
	try {
		/** @type {{ program: string, files: Record<string, number> }} */
		const bundle = JSON.parse(readFileSync(`${bundleFolder}/bundle.json`, "utf8"));
		const fresh = Object.entries(bundle.files).every(([file, time]) => statSync(file).mtimeMs === time);
		return fresh ? bundle.program : program;
	} catch {
		return program;
	}
}
