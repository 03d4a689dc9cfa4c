import { type ChildProcess, spawn } from "node:child_process";
import { projectRoot } from "../../config/project-root.ts";

export interface ProcessResult {
	readonly code: number | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface StartOptions {
	readonly env?: NodeJS.ProcessEnv;
	/** Program to run, from the root of the repository. @default the command of the project */
	readonly program?: string;
	/** Called with everything that has been printed so far. */
	readonly onOutput?: (stdout: string, child: ChildProcess) => void;
}

/** Runs `infra` as a process of its own, with no terminal. */
export function infra(args: readonly string[], options: StartOptions = {}): Promise<ProcessResult> {
	const { env = {}, program = "cli/infra.ts", onOutput } = options;
	const child = spawn(process.execPath, [program, ...args], {
		cwd: projectRoot,
		env: { ...process.env, FORCE_COLOR: undefined, ...env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let stdout = "";
	let stderr = "";
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
		onOutput?.(stdout, child);
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	return new Promise((resolve, reject) => {
		child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
	});
}
