import { existsSync, readFileSync } from "node:fs";

/**
 * What tells a process apart from a later one with the same number: clock ticks since boot at its start (proc(5),
 * /proc/pid/stat). Undefined once the process is gone, or is only waiting to be forgotten. Where there is no `/proc` it
 * is "running", whichever process that is.
 */
export function startTimeOf(pid: number): string | undefined {
	if (!existsSync("/proc/self/stat")) return answers(pid) ? "running" : undefined;
	try {
		// The name in the second field may contain blanks and parentheses.
		const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
			.replace(/^.*\) /s, "")
			.split(" ");
		return fields[0] === "Z" ? undefined : fields[19];
	} catch {
		return undefined;
	}
}

function answers(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		// It is there, and somebody else's.
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
