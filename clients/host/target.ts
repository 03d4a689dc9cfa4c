import { VisibleError } from "../../config/schema/visible-error.ts";
import { type ProcessResult, run } from "./run.ts";

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
	readonly run: (command: readonly string[], input?: string) => Promise<ProcessResult>;
}

/** This machine. A program started there may be midway through a change, so a signal does not end it. */
export const thisMachine: Target = {
	name: "this machine",
	run: ([program = "", ...args], input) => run(program, args, { input, signal: "kept back" }),
};

/** Text of a file on a machine; undefined when there is none. */
export async function readFile(target: Target, path: string): Promise<string | undefined> {
	const script = '[ -e "$1" ] || exit 66; exec cat -- "$1"';
	const { code, stdout, stderr } = await target.run(["sh", "-c", script, "read", path]);
	if (code === 66) return undefined;
	if (code !== 0) throw new VisibleError(`${target.name}: cannot read ${path}: ${stderr.trim()}`);
	return stdout;
}
