import { readFileSync } from "node:fs";
import type { ProcessResult } from "../../clients/host/run.ts";
import type { Target } from "../../clients/host/target.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { PfsenseEdge } from "../../constructs/pfsense/edge-objects.ts";
import { Interrupted } from "../../terminal/interruption.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { EdgeChange, EdgeState } from "./edge-state.ts";

/** Input of the program on pfSense. */
export interface EdgeRequest extends PfsenseEdge {
	/** Foreign objects whose place the edge takes. */
	readonly replace: readonly string[];
}

/**
 * Passed to `php -r` as one argument: no file of it stays on the router, and a connection that breaks cannot cut it
 * off.
 */
const program = ["objects", "redirects", "passes", "servers", "state", "main", "start"]
	.map((part) =>
		readFileSync(new URL(`../../constructs/pfsense/program/${part}.php`, import.meta.url), "utf8"),
	)
	.map((text) => text.replace("<?php", ""))
	.join("\n");

/** The PATH of a command over ssh has neither PHP nor HAProxy. */
const start = 'PATH=$PATH:/usr/local/bin:/usr/local/sbin; exec php -r "$1" -- "$2"';

/** Reads the state of the edge, with the reasons against each change. @throws Error when the program fails */
export async function readEdge(target: Target, request: EdgeRequest): Promise<EdgeState> {
	const ended = await runProgram(target, "show", request);
	if (ended.code !== 0) throw failure(target, ended);
	return JSON.parse(ended.stdout);
}

/**
 * Makes one change completely, or none.
 *
 * @param seen digest of the state that the change was decided on
 * @returns whether anything had to be changed
 * @throws UsageError when there are reasons against it; Error when it failed, naming what is in force on pfSense
 */
export async function changeEdge(
	target: Target,
	change: EdgeChange,
	request: EdgeRequest,
	seen: string,
): Promise<boolean> {
	const ended = await runProgram(target, change, { ...request, seen }).catch((cause: Error) => {
		const outcome = `${target.name} went on by itself or did not begin: infra pfsense diff tells`;
		throw cause instanceof Interrupted ? cause : new VisibleError(`${cause.message}\n${outcome}`, { cause });
	});
	if (ended.code !== 0) throw failure(target, ended);
	return JSON.parse(ended.stdout).changed;
}

function runProgram(target: Target, command: EdgeChange | "show", request: object): Promise<ProcessResult> {
	return target.run(["sh", "-c", start, "mail-edge", program, command], JSON.stringify(request));
}

/** Error for a change that pfSense refuses. */
export function refusal(router: string, reasons: readonly string[]): UsageError {
	const lines = reasons.map((reason) => `- ${reason}`);
	return new UsageError([`refused, nothing was changed on ${router}:`, ...lines].join("\n"));
}

/** Exit codes of the program, as it documents them. */
function failure({ name }: Target, { code, stderr }: ProcessResult): Error {
	const said = stderr.trim();
	const lines = said === "" ? [] : said.split("\n");
	switch (code) {
		case 74:
		case 75:
			return new UsageError(`${name}: ${said}`, "look at infra pfsense diff again");
		case 78:
			return refusal(name, lines);
		case 81:
			return new UsageError(
				[`${name}: ${lines[0]}`, ...lines.slice(1)].join("\n"),
				"restore the last revision in pfSense's pages, Diagnostics > Backup & Restore > Config History",
			);
		case 127:
			return new UsageError(`${name} has no php: it is no pfSense`, "mail.edge.proxy names the router");
		default:
			return new VisibleError(`${name}: ${said || `the program ended with exit code ${code}`}`);
	}
}
