import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { forceStop, handleInterrupts, interruption, underWay } from "../../terminal/interruption.ts";
import { FollowedFile } from "./followed-file.ts";

export interface Run {
	/** @default the folder of this process */
	readonly cwd?: string;
	/** @default that of this process */
	readonly env?: NodeJS.ProcessEnv;
	/** Standard input. @default nothing */
	readonly input?: string | undefined;
	/** Name of the program for the message that waits for it after Ctrl-C. @default no message */
	readonly name?: string;
	/** Called with each line of the standard output as it arrives. */
	readonly onLine?: (line: string) => void;
	/**
	 * Whether the first signal is passed on, so that the program ends gracefully, or kept back, because the program may
	 * be midway through a change. @default "passed on"
	 */
	readonly signal?: "passed on" | "kept back";
	/**
	 * Path that its output goes through, as files with this name and an ending. With it the program goes on when this process
	 * is killed; without it, it ends at its next line. @default pipes
	 */
	readonly through?: string | undefined;
}

/** Exit code and output of a program. */
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
	{ cwd, env, input = "", name, onLine, signal = "passed on", through }: Run = {},
): Promise<ProcessResult> {
	handleInterrupts();
	interruption.throwIfAborted();
	// A process group of its own: the terminal's Ctrl-C must not reach it besides the signal passed on below, for
	// Terraform takes a second signal as "give up at once", and then loses track of what it was doing.
	const files = through === undefined ? [] : [".out", ".err"].map((end) => new FollowedFile(through + end));
	const outputs =
		files.length === 0 ? (["pipe", "pipe"] as const) : files.map(({ descriptor }) => descriptor);
	const child = spawn(command, [...args], { cwd, env, stdio: ["pipe", ...outputs], detached: true });
	const output = files[0]?.stream ?? (child.stdout as Readable);
	const errors = files[1]?.stream ?? (child.stderr as Readable);
	const stop = () => signal === "passed on" && child.kill("SIGINT");
	const kill = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
	if (name !== undefined) underWay.add(name);
	interruption.addEventListener("abort", stop);
	forceStop.addEventListener("abort", kill);
	let [stdout, stderr] = ["", ""];
	output.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	errors.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	if (onLine !== undefined) createInterface({ input: output }).on("line", onLine);
	// A program may close its standard input early; its exit code decides.
	child.stdin?.on("error", () => {}).end(input);
	try {
		const code = await new Promise<number>((resolve, reject) => {
			child.on("error", reject).on("close", (status) => resolve(status ?? 1));
		}).finally(() => Promise.all(files.map((file) => file.end())));
		interruption.throwIfAborted();
		return { code, stdout, stderr };
	} finally {
		if (name !== undefined) underWay.delete(name);
		interruption.removeEventListener("abort", stop);
		forceStop.removeEventListener("abort", kill);
	}
}
