import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { type Duration, formatDuration, seconds, sum } from "../../config/schema/duration.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
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
	 * be midway through a change; or left to the caller, who is midway himself and has more to run. @default "passed on"
	 */
	readonly signal?: "passed on" | "kept back" | "left to the caller";
	/** Longest time; then it is asked to end, and killed with its children half a minute later. @default no limit */
	readonly within?: Duration;
	/**
	 * Path that its output goes through, as files with this name and an ending. With it the program goes on when this process
	 * is killed; without it, it ends at its next line. @default pipes
	 */
	readonly through?: string | undefined;
}

/** Time from the request to end to the end by force, in milliseconds. */
const grace = seconds(30);

/** Ends what takes too long: by request, and half a minute later by force. */
class TimeLimit {
	readonly after: Duration;
	over = false;
	readonly #timers: NodeJS.Timeout[];

	constructor(after: Duration, { stop, kill }: { readonly stop: () => void; readonly kill: () => void }) {
		this.after = after;
		const ask = () => {
			this.over = true;
			stop();
		};
		this.#timers = [setTimeout(ask, after), setTimeout(kill, sum(after, grace))];
	}

	end(): void {
		for (const timer of this.#timers) clearTimeout(timer);
	}
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
 * @throws Interrupted when a signal arrived, after the program has ended; VisibleError when its time was over
 */
export async function run(
	command: string,
	args: readonly string[],
	{ cwd, env, input = "", name, onLine, signal = "passed on", through, within }: Run = {},
): Promise<ProcessResult> {
	handleInterrupts();
	const told = signal === "left to the caller" ? forceStop : interruption;
	told.throwIfAborted();
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
	const limit =
		within === undefined ? undefined : new TimeLimit(within, { stop: () => child.kill("SIGINT"), kill });
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
		told.throwIfAborted();
		if (limit?.over)
			throw new VisibleError(`${name ?? command} had not ended after ${formatDuration(limit.after)}`);
		return { code, stdout, stderr };
	} finally {
		limit?.end();
		if (name !== undefined) underWay.delete(name);
		interruption.removeEventListener("abort", stop);
		forceStop.removeEventListener("abort", kill);
	}
}
