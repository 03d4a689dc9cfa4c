import { spawn } from "node:child_process";
import { handleInterrupts, impatience, interruption } from "../../terminal/interruption.ts";

/** What a program has printed, and how it ended. */
export interface Ended {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

/** A machine that a command looks at or changes. */
export interface Target {
	/** For messages. */
	readonly name: string;
	/**
	 * Runs a program there, as root, to its end.
	 *
	 * @param input standard input; nothing by default
	 * @throws when the machine cannot be reached, or the user asked to stop before the program was started
	 */
	readonly run: (command: readonly string[], input?: string) => Promise<Ended>;
}

/** The machine that this runs on. */
export const thisMachine: Target = { name: "this machine", run };

/**
 * Runs a program of this machine. Once started it is left to end by itself, for it may be in the middle of a change;
 * a second request to stop kills it.
 *
 * @throws Interrupted, after the program has ended
 */
export async function run([program = "", ...args]: readonly string[], input = ""): Promise<Ended> {
	handleInterrupts();
	interruption.throwIfAborted();
	// In a process group of its own, so that the terminal's Ctrl-C reaches this process only.
	const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
	const kill = () => child.kill("SIGKILL");
	impatience.addEventListener("abort", kill);
	let [stdout, stderr] = ["", ""];
	child.stdout.setEncoding("utf8").on("data", (text: string) => {
		stdout += text;
	});
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		stderr += text;
	});
	// A program that does not read to the end is judged by its exit code.
	child.stdin.on("error", () => {}).end(input);
	try {
		const code = await new Promise<number>((resolve, reject) => {
			child.on("error", reject).on("close", (status) => resolve(status ?? 1));
		});
		interruption.throwIfAborted();
		return { code, stdout, stderr };
	} finally {
		impatience.removeEventListener("abort", kill);
	}
}

/** Text of a file on a machine; undefined when there is none. */
export async function readFile(target: Target, path: string): Promise<string | undefined> {
	const script = '[ -e "$1" ] || exit 66; exec cat -- "$1"';
	const { code, stdout, stderr } = await target.run(["sh", "-c", script, "read", path]);
	if (code === 66) return undefined;
	if (code !== 0) throw new Error(`${target.name}: cannot read ${path}: ${stderr.trim()}`);
	return stdout;
}
