import { spawn } from "node:child_process";
import { once } from "node:events";
import { labEnvironment } from "./lab-environment.ts";
import { labLoggedIn } from "./login.ts";

/**
 * Runs a command, or a shell, with the variables of the lab.
 *
 * @returns its exit code
 * @throws UsageError when there is no lab
 */
export async function labShell(command: readonly string[]): Promise<number> {
	const lab = await labLoggedIn();
	const [program = process.env.SHELL || "sh", ...args] = command;
	const child = spawn(program, args, { stdio: "inherit", env: await labEnvironment(lab) });
	// Ctrl-C is handled by the child process.
	process.on("SIGINT", () => {});
	const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
	return code ?? (signal === null ? 1 : 128);
}
