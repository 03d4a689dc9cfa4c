import { existsSync, readFileSync } from "node:fs";

/** A process that the system still knows. */
export interface ProcessStatus {
	/**
	 * What tells it apart from a later one with the same number: clock ticks since boot at its start (proc(5),
	 * /proc/pid/stat). Where there is no `/proc` it is "running", whichever process that is.
	 */
	readonly startTime: string;
	/** It has ended and is only waiting to be forgotten. */
	readonly ended: boolean;
}

/** Undefined once the process is forgotten. */
export function statusOf(pid: number): ProcessStatus | undefined {
	if (!existsSync("/proc/self/stat"))
		return answers(pid) ? { startTime: "running", ended: false } : undefined;
	try {
		// The name in the second field may contain blanks and parentheses.
		const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
			.replace(/^.*\) /s, "")
			.split(" ");
		return { startTime: fields[19] ?? "", ended: fields[0] === "Z" };
	} catch {
		return undefined;
	}
}

/** When a process that runs began; undefined once it has ended. */
export function startTimeOf(pid: number): string | undefined {
	const status = statusOf(pid);
	return status?.ended ? undefined : status?.startTime;
}

function answers(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		// It is there, and somebody else's.
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
