import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface DaemonProps {
	/** File that receives both output streams. */
	readonly logFile: string;
	/** Whole environment of the process. @default that of the tests */
	readonly env?: NodeJS.ProcessEnv;
}

/** A program that runs until it is stopped, and never longer than the tests: the kernel ends it with them. */
export class Daemon {
	readonly exited: Promise<number | NodeJS.Signals>;
	readonly #child: ChildProcess;
	readonly #logFile: string;
	readonly #logStart: number;

	constructor(command: string, args: readonly string[], { logFile, env = process.env }: DaemonProps) {
		this.#logFile = logFile;
		const log = openSync(logFile, "a");
		this.#logStart = fstatSync(log).size;
		const child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], {
			stdio: ["ignore", log, log],
			env,
		});
		closeSync(log);
		this.#child = child;
		this.exited = new Promise((resolve, reject) => {
			child.once("error", reject);
			child.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
		});
		// Whoever awaits it sees the error; the others must not crash on it.
		this.exited.catch(() => {});
	}

	/** Number of the process, whatever programs it replaces itself by. */
	get pid(): number {
		if (this.#child.pid === undefined) throw new Error("the program was not started");
		return this.#child.pid;
	}

	get running(): boolean {
		return this.#child.exitCode === null && this.#child.signalCode === null;
	}

	/** What it has printed so far; an earlier process may have written to the same file. */
	get log(): string {
		return readFileSync(this.#logFile).toString("utf8", this.#logStart);
	}

	signal(signal: NodeJS.Signals): void {
		this.#child.kill(signal);
	}

	/** Dies without a word, like a process whose machine lost power. */
	async kill(): Promise<void> {
		this.signal("SIGKILL");
		await this.exited;
	}

	/** Asks it to end, and insists after `grace` milliseconds. */
	async stop(grace = 3000): Promise<void> {
		this.signal("SIGTERM");
		const timer = new AbortController();
		await Promise.race([this.exited, sleep(grace, undefined, { signal: timer.signal }).catch(() => {})]);
		timer.abort();
		await this.kill();
	}
}
