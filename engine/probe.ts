import { execFile } from "node:child_process";
import { basename } from "node:path";
import { coerce, compare } from "semver";
import type { Tool } from "./tool.ts";

/** Result for one tool. */
export interface Probe {
	readonly tool: Tool;
	/** `old`: below the needed version; `unreadable`: no version in its output. */
	readonly state: "ok" | "old" | "missing" | "unreadable";
	/** The name that was found; absent when missing. */
	readonly command?: string;
	readonly version?: string;
}

/** Finds a tool on the PATH and reads its version. */
export async function probe(tool: Tool): Promise<Probe> {
	for (const command of tool.commands) {
		const output = await outputOf(command, tool.args);
		if (output !== undefined) return { ...judge(tool, output), command };
	}
	return { tool, state: "missing" };
}

/** Compares the version in a program's output with the one that is needed. */
export function judge(tool: Tool, output: string): Probe {
	if (tool.unversioned) return { tool, state: "ok" };
	const version = parseVersion(output);
	if (version === undefined) return { tool, state: "unreadable" };
	const old = tool.needed !== undefined && compareVersions(version, tool.needed) < 0;
	return { tool, state: old ? "old" : "ok", version };
}

/** The first dotted number: `Redis server v=7.0.15 sha=…` -> `7.0.15` */
export function parseVersion(output: string): string | undefined {
	return /\d+(?:\.\d+)+/.exec(output)?.[0];
}

/** Negative when `left` is the older version; a number that is missing is a zero, so 2.6 is as old as 2.6.0. */
export function compareVersions(left: string, right: string): number {
	return compare(coerce(left) ?? "0.0.0", coerce(right) ?? "0.0.0");
}

/** Name of a tool for tables. */
export function nameOf(tool: Tool): string {
	return tool.commands.map((command) => basename(command)).join(" or ");
}

/** Output of a program, whatever its exit code; undefined when it does not exist. */
function outputOf(command: string, args: readonly string[]): Promise<string | undefined> {
	return new Promise((resolve) => {
		execFile(command, [...args], { timeout: 20_000 }, (error, stdout, stderr) => {
			resolve(error?.code === "ENOENT" ? undefined : stdout + stderr);
		});
	});
}
