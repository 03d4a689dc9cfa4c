import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { forceStop, handleInterrupts, interruption, underWay } from "../../terminal/interruption.ts";

export interface Run {
	/** @default the folder of this process */
	readonly cwd?: string;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv;
	/** Standard input. @default nothing */
	readonly input?: string | undefined;
	/** What a reader who interrupts it is told to wait for. @default nothing */
	readonly name?: string;
	/** Called with each line of the standard output as it arrives. */
	readonly onLine?: (line: string) => void;
	/**
	 * What becomes of the first signal: it is passed on, and the program's graceful end awaited, or the program, which may
	 * be in the middle of a change, is left to end by itself. @default "passed on"
	 */
	readonly signal?: "passed on" | "kept back";
}

/** What a program has printed, and how it ended. */
export interface ProcessResult {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

/**
 * Runs a program of this machine to its end. A second signal kills it.
 *
 * @throws Interrupted when a signal arrived, after the program has ended
 */
export async function run(
	command: string,
	args: readonly string[],
	{ cwd, env, input = "", name, onLine, signal = "passed on" }: Run = {},
): Promise<ProcessResult> {
	handleInterrupts();
	interruption.throwIfAborted();
	// A process group of its own: the terminal's Ctrl-C must not reach it besides the signal passed on below, for
	// Terraform takes a second signal as "give up at once", and then loses track of what it was doing.
	const child = spawn(command, [...args], { cwd, env, stdio: ["pipe", "pipe", "pipe"], detached: true });
	const stop = () => signal === "passed on" && child.kill("SIGINT");
	const kill = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
	if (name !== undefined) underWay.add(name);
	interruption.addEventListener("abort", stop);
	forceStop.addEventListener("abort", kill);
	let [stdout, stderr] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	if (onLine !== undefined) createInterface({ input: child.stdout }).on("line", onLine);
	// A program that does not read to the end is judged by its exit code.
	child.stdin.on("error", () => {}).end(input);
	try {
		const code = await new Promise<number>((resolve, reject) => {
			child.on("error", reject).on("close", (status) => resolve(status ?? 1));
		});
		interruption.throwIfAborted();
		return { code, stdout, stderr };
	} finally {
		if (name !== undefined) underWay.delete(name);
		interruption.removeEventListener("abort", stop);
		forceStop.removeEventListener("abort", kill);
	}
}
