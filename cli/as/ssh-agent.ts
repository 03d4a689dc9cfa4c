import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../clients/host/run.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** A private key as somebody has stored it. */
export interface StoredKey {
	readonly text: string;
	/** Where it lies, for messages. */
	readonly place: string;
}

export interface SshAgentProps {
	/** Folder of this user alone, for the socket. */
	readonly folder: string;
	/** `PATH` by which ssh-agent and ssh-add are found. */
	readonly path: string;
}

/** Milliseconds that the agent has to listen after its start, and to end when it is asked to. */
const longest = 10_000;

/**
 * An ssh-agent with one key, which is on no disk and in no variable (ssh-agent(1), ssh-add(1)). It is in a session of
 * its own: Ctrl-C reaches who uses it and not the agent, so that a command can still end in order.
 */
export class SshAgent implements AsyncDisposable {
	/** Value of `SSH_AUTH_SOCK`. */
	readonly socket: string;
	readonly #path: string;
	readonly #agent: ChildProcessByStdio<null, Readable, Readable>;
	/** Fulfilled once it has ended, also where it could not be started. */
	readonly #ended: Promise<unknown>;

	private constructor({ folder, path }: SshAgentProps) {
		this.socket = join(folder, "ssh-agent");
		this.#path = path;
		this.#agent = spawn("ssh-agent", ["-D", "-a", this.socket], {
			env: { PATH: path },
			stdio: ["ignore", "pipe", "pipe"],
			detached: true,
		});
		this.#ended = once(this.#agent, "close").catch(() => {});
	}

	/**
	 * Starts an agent and gives it a key.
	 *
	 * @throws VisibleError when ssh-agent or ssh-add is missing or fails, or the key cannot be used as it is; Interrupted
	 */
	static async start(key: StoredKey, props: SshAgentProps): Promise<SshAgent> {
		const agent = new SshAgent(props);
		try {
			await agent.#listens(key.place);
			await agent.#add(key);
			return agent;
		} catch (error) {
			await agent[Symbol.asyncDispose]();
			const { code, path } = error as NodeJS.ErrnoException;
			if (code !== "ENOENT") throw error;
			throw new VisibleError(`${key.place}: ${path} is not installed here, it is part of openssh-client`);
		}
	}

	/** Waits for the line that it prints once it listens. */
	#listens(place: string): Promise<void> {
		const { stdout, stderr } = this.#agent;
		let said = "";
		stderr.setEncoding("utf8").on("data", (text: string) => {
			said += text;
		});
		let timer: NodeJS.Timeout | undefined;
		return new Promise<void>((resolve, reject) => {
			const fail = (how: string) => reject(new VisibleError(`${place}: ssh-agent ${how}`));
			timer = setTimeout(fail, longest, `does not listen after ${longest / 1000} s`);
			this.#agent.on("error", reject).on("close", () => fail(`has ended: ${said.trim()}`));
			stdout.on("data", () => resolve());
		}).finally(() => clearTimeout(timer));
	}

	async #add({ text, place }: StoredKey): Promise<void> {
		const { code, stderr } = await run("ssh-add", ["-q", "-"], {
			// It asks nobody for a passphrase.
			env: { PATH: this.#path, SSH_AUTH_SOCK: this.socket, SSH_ASKPASS_REQUIRE: "never" },
			// A form of Vault, or an editor, leaves other ends of lines than OpenSSH takes.
			input: `${text.replaceAll(/\r\n?/g, "\n").trim()}\n`,
		});
		if (code === 0) return;
		throw new VisibleError(
			`${place}: expected a private key of OpenSSH without a passphrase, ssh-add says: ${stderr.trim()}`,
		);
	}

	/** Ends it, and waits for that. */
	async [Symbol.asyncDispose](): Promise<void> {
		this.#agent.kill("SIGTERM");
		const over = new AbortController();
		const late = sleep(longest, undefined, { signal: over.signal }).then(
			() => this.#agent.kill("SIGKILL"),
			() => {},
		);
		await this.#ended;
		over.abort();
		await late;
		rmSync(this.socket, { force: true });
	}
}
