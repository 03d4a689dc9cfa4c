import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { handleInterrupts, impatience, interruption, underWay } from "../terminal/interruption.ts";

export interface Run {
	readonly cwd: string;
	readonly env: NodeJS.ProcessEnv;
	/** What a reader who interrupts it is told to wait for. @default nothing */
	readonly name?: string;
	/** Called with each line of the standard output as it arrives. */
	readonly onLine?: (line: string) => void;
}

export interface Finished {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

/**
 * Runs a program to its end. A signal is passed on once, and its graceful end awaited; a second one kills it.
 *
 * @throws Interrupted when a signal arrived, after the program has ended
 */
export async function run(
	command: string,
	args: readonly string[],
	{ cwd, env, name, onLine }: Run,
): Promise<Finished> {
	handleInterrupts();
	interruption.throwIfAborted();
	// A process group of its own: the terminal's Ctrl-C must not reach it besides the signal passed on below, for
	// Terraform takes a second signal as "give up at once", and then loses track of what it was doing.
	const child = spawn(command, [...args], {
		cwd,
		env,
		stdio: ["ignore", "pipe", "pipe"],
		detached: true,
	});
	const stop = () => child.kill("SIGINT");
	const kill = () => child.pid !== undefined && process.kill(-child.pid, "SIGKILL");
	if (name !== undefined) underWay.add(name);
	interruption.addEventListener("abort", stop);
	impatience.addEventListener("abort", kill);
	const stdout: string[] = [];
	createInterface({ input: child.stdout }).on("line", (line) => {
		stdout.push(line);
		onLine?.(line);
	});
	let stderr = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	try {
		const code = await new Promise<number>((resolve, reject) => {
			child.on("error", reject).on("close", (status) => resolve(status ?? 1));
		});
		interruption.throwIfAborted();
		return { code, stdout: stdout.join("\n"), stderr };
	} finally {
		if (name !== undefined) underWay.delete(name);
		interruption.removeEventListener("abort", stop);
		impatience.removeEventListener("abort", kill);
	}
}
