import { spawn } from "node:child_process";
import { handleInterrupts, interruption } from "../../terminal/interruption.ts";
import { SshAgent, type StoredKey } from "./ssh-agent.ts";

/** What a command runs with. */
export interface CommandEnvironment {
	/** Its whole environment. */
	readonly variables: Readonly<Record<"PATH" | "HOME", string> & Record<string, string>>;
	/** Key that opens hosts to it, by an agent. @default none */
	readonly sshKey?: StoredKey | undefined;
}

/**
 * Runs a program to its end, with an environment of its own and the standard streams of this process. Its agent is there
 * for as long.
 *
 * @returns its exit code
 * @throws Interrupted when a signal arrives before it is started
 */
export async function runCommand(
	{ variables, sshKey }: CommandEnvironment,
	[program = "", ...args]: readonly string[],
): Promise<number> {
	handleInterrupts();
	await using agent =
		sshKey && (await SshAgent.start(sshKey, { folder: variables.HOME, path: variables.PATH }));
	interruption.throwIfAborted();
	const env = { ...variables, ...(agent && { SSH_AUTH_SOCK: agent.socket }) };
	const child = spawn(program, args, { env, stdio: "inherit" });
	// A pipeline that is cancelled ends the command as gracefully as a terminal does.
	const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
	const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
	for (const signal of signals) process.on(signal, passOn);
	try {
		return await new Promise<number>((resolve, reject) => {
			child.on("error", reject).on("close", (code) => resolve(code ?? 1));
		});
	} finally {
		for (const signal of signals) process.off(signal, passOn);
	}
}
