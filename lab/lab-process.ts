import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf, statusOf } from "../clients/host/process-start.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import type { LabProgram } from "./control-plane.ts";
import { findProgram } from "./find-program.ts";

/** A background process, with what tells it apart from a later one with the same number. */
export interface LabProcess {
	readonly name: string;
	readonly file: string;
	readonly pid: number;
	/** Start time in clock ticks since boot (proc(5), /proc/pid/stat). */
	readonly startTime: string;
	readonly log: string;
}

/**
 * Starts a program in the background. It may have ended by the time that this returns: the caller has to check.
 *
 * @throws Error when the program does not exist or does not start
 */
export function startProcess(
	{ names, prefix = [], args, env = {}, file = findProgram(...names) }: LabProgram,
	log: string,
	home: string,
): LabProcess {
	const [name = ""] = names;
	if (file === undefined)
		throw new VisibleError(
			`${names.join(" or ")} is not on this machine: infra lab build says how to get it`,
		);
	const output = openSync(log, "a", 0o600);
	const [command = "", ...rest] = [...prefix, file, ...args];
	const child = spawn(command, rest, {
		detached: true,
		stdio: ["ignore", output, output],
		env: { PATH: process.env.PATH, HOME: home, ...env },
	});
	child.on("error", () => {});
	child.unref();
	closeSync(output);
	// A process that has ended stays a zombie until now, so that its start time can still be read.
	const startTime = child.pid === undefined ? undefined : statusOf(child.pid)?.startTime;
	if (child.pid === undefined || startTime === undefined) throw new VisibleError(`${file} does not start`);
	return { name, file, pid: child.pid, startTime, log };
}

export function isRunning({ pid, startTime }: LabProcess): boolean {
	return startTimeOf(pid) === startTime;
}

/** Whether a running process writes its log below a folder, which may have been moved since. */
export function logsBelow({ pid }: LabProcess, folder: string): boolean {
	try {
		return readlinkSync(`/proc/${pid}/fd/1`).startsWith(`${realpathSync(folder)}/`);
	} catch {
		return false;
	}
}

/** Message about a process that ended too early. */
export const hasEnded = ({ name, log }: Pick<LabProcess, "name" | "log">) =>
	`${name} has ended:\n${lastLines(log)}`;

/** The end of a log, for the reader of an error. */
export function lastLines(log: string, count = 5): string {
	return readFileSync(log, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

/** Ends all processes: SIGTERM to all at once, SIGKILL after five seconds. */
export async function stopProcesses(processes: readonly LabProcess[]): Promise<void> {
	const running = () => processes.filter(isRunning);
	for (const { pid } of running()) signal(pid, "SIGTERM");
	for (let waited = 0; waited < 5000 && running().length > 0; waited += 50) await sleep(50);
	for (const { pid } of running()) signal(pid, "SIGKILL");
	for (let waited = 0; waited < 10_000 && running().length > 0; waited += 50) await sleep(50);
}

/** One that ends by itself meanwhile, as what another one served does, is as good as ended. */
function signal(pid: number, name: NodeJS.Signals): void {
	try {
		process.kill(pid, name);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}
