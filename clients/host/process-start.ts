import { existsSync, readFileSync } from "node:fs";

/** A process that has an entry in the process table. */
export interface ProcessStatus {
	/**
	 * Start time in clock ticks since boot (proc(5), /proc/pid/stat), which tells it apart from a later process with
	 * the same number. Where there is no `/proc` it is "running" for every process.
	 */
	readonly startTime: string;
	/** Whether it has ended and is a zombie. */
	readonly ended: boolean;
}

/** Status of a process; undefined when it has no entry in the process table. */
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
		// It exists and belongs to another user.
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
