import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { handleInterrupts, interrupt, interruption } from "./interruption.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Asks a question on the terminal.
 *
 * @throws Interrupted on Ctrl-C
 */
export async function ask(question: string): Promise<string> {
	handleInterrupts();
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	// While a line is read, the terminal delivers Ctrl-C as a key.
	terminal.on("SIGINT", interrupt);
	try {
		return await terminal.question(question, { signal: interruption });
	} catch (error) {
		interruption.throwIfAborted();
		throw error;
	} finally {
		terminal.close();
	}
}

/** Asks for a secret: what is typed is not shown. @throws Interrupted on Ctrl-C */
export async function askSecret(question: string): Promise<string> {
	handleInterrupts();
	process.stdout.write(question);
	const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
	const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
	terminal.on("SIGINT", interrupt);
	try {
		return await terminal.question("", { signal: interruption });
	} catch (error) {
		interruption.throwIfAborted();
		throw error;
	} finally {
		terminal.close();
		process.stdout.write("\n");
	}
}

/** @throws UsageError without a terminal; `flag` is the option that answers in advance */
export function requireTerminal(command: string, flag: string): void {
	if (!process.stdin.isTTY)
		throw new UsageError(
			`${command} asks before it changes anything, and there is no terminal to answer on`,
			`pass ${flag}`,
		);
}
