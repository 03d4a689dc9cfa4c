import { spawn } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../../config/project-root.ts";

/** Where a process ends, or fails: at a write by its number, before it, in its midst, or once it is on its way. */
export interface Kill {
	/** Its number, or the number of its kind: `change 2`. */
	readonly at: number | string;
	readonly mode: string;
}

/**
 * Does something to states in a process of its own.
 *
 * @returns the writes that it has made; undefined when it was killed
 */
export async function operate(
	input: object,
	operation: string,
	{ at, mode }: Kill = { at: 0, mode: "" },
	env = process.env,
) {
	const program = join(projectRoot, "test/e2e/harness/state-crash-program.ts");
	const child = spawn(process.execPath, [program, JSON.stringify(input), operation, String(at), mode], {
		stdio: ["ignore", "pipe", "pipe"],
		env,
	});
	let [stdout, stderr] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
		child.on("close", (code, signal) => resolve([code, signal]));
	});
	if (signal === "SIGKILL") return undefined;
	if (code !== 0) throw new Error(stderr);
	return JSON.parse(stdout) as readonly string[];
}
