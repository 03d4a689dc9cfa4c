import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startTimeOf, statusOf } from "../clients/host/process-start.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import type { LabProgram } from "./control-plane.ts";
import { findProgram } from "./find-program.ts";

/** A program that runs on its own, by what tells it apart from a later one with the same number. */
export interface LabProcess {
	readonly name: string;
	readonly file: string;
	readonly pid: number;
	/** Clock ticks since boot at its start (proc(5), /proc/pid/stat). */
	readonly startTime: string;
	readonly log: string;
}

/**
 * Whether it still runs is another question, and the caller's: a program may end at once, before or after this returns.
 *
 * @throws Error when the program is not on this machine or does not start
 */
export function startProcess(
	{ names, prefix = [], args, file = findProgram(...names) }: LabProgram,
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
		env: { PATH: process.env.PATH, HOME: home },
	});
	child.on("error", () => {});
	child.unref();
	closeSync(output);
	// One that has ended is forgotten only after this: until then the system still knows when it began.
	const startTime = child.pid === undefined ? undefined : statusOf(child.pid)?.startTime;
	if (child.pid === undefined || startTime === undefined) throw new VisibleError(`${file} does not start`);
	return { name, file, pid: child.pid, startTime, log };
}

export function isRunning({ pid, startTime }: LabProcess): boolean {
	return startTimeOf(pid) === startTime;
}

/** Whether a program that runs writes its log below a folder, wherever that folder was when it was started. */
export function logsBelow({ pid }: LabProcess, folder: string): boolean {
	try {
		return readlinkSync(`/proc/${pid}/fd/1`).startsWith(`${realpathSync(folder)}/`);
	} catch {
		return false;
	}
}

/** What a program that ended too early is reported with. */
export const hasEnded = ({ name, log }: Pick<LabProcess, "name" | "log">) =>
	`${name} has ended:\n${lastLines(log)}`;

/** The end of a log, for the reader of an error. */
export function lastLines(log: string, count = 5): string {
	return readFileSync(log, "utf8").trimEnd().split("\n").slice(-count).join("\n");
}

/** Asks all to end at once, and insists after five seconds. */
export async function stopProcesses(processes: readonly LabProcess[]): Promise<void> {
	const running = () => processes.filter(isRunning);
	for (const { pid } of running()) process.kill(pid, "SIGTERM");
	for (let waited = 0; waited < 5000 && running().length > 0; waited += 50) await sleep(50);
	for (const { pid } of running()) process.kill(pid, "SIGKILL");
	for (let waited = 0; waited < 2000 && running().length > 0; waited += 50) await sleep(50);
}
