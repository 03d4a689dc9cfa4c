import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { sshLogin } from "../../config/schema/ssh-login.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { z } from "../../config/schema/zod.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { ProcessResult } from "./run.ts";
import { shellWord } from "./shell-word.ts";
import { type Target, thisMachine } from "./target.ts";

/** Exit code of ssh itself, when it does not get as far as the command. */
const sshFailed = 255;
const alias = "server";

/** A machine of the site, with the login for it. */
export interface SshServer {
	readonly name: string;
	readonly address: string;
	/** Path of the login in the site, for messages. */
	readonly setting: string;
	readonly login: z.output<typeof sshLogin> | undefined;
}

/**
 * A machine of the site, reached by the system's ssh without prompts: only the host key that the site states is
 * accepted.
 *
 * @throws UsageError when the site states no login
 */
export class SshTarget implements Target, Disposable {
	readonly name: string;
	/** Temporary folder with the known_hosts file. */
	readonly #folder: string;
	readonly #ssh: readonly string[];

	constructor({ name, address, setting, login }: SshServer) {
		if (login === undefined)
			throw new UsageError(
				`${setting}: the site states no host key for ${name} (${address})`,
				"state it, or run the command on the server with --local",
			);
		this.name = `${login.user}@${address}`;
		this.#folder = mkdtempSync(join(tmpdir(), "infra-ssh-"));
		const knownHosts = join(this.#folder, "known_hosts");
		writeFileSync(knownHosts, `${alias} ${login.hostKey}\n`);
		const options = {
			BatchMode: "yes",
			StrictHostKeyChecking: "yes",
			UserKnownHostsFile: knownHosts,
			GlobalKnownHostsFile: "/dev/null",
			HostKeyAlias: alias,
			UpdateHostKeys: "no",
			ConnectTimeout: "10",
			ServerAliveInterval: "5",
			ServerAliveCountMax: "3",
		};
		this.#ssh = [
			"ssh",
			...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
			...["-p", String(login.port), "-l", login.user, "--", address],
		];
	}

	async run(command: readonly string[], input?: string): Promise<ProcessResult> {
		const ended = await thisMachine.run([...this.#ssh, command.map(shellWord).join(" ")], input);
		if (ended.code === sshFailed)
			throw new VisibleError(`no connection to ${this.name}: ${ended.stderr.trim()}`);
		return ended;
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

/** This machine when `local`, else the machine of the site. */
export function openTarget(server: SshServer, { local }: { readonly local: boolean }): Target & Disposable {
	return local ? { ...thisMachine, [Symbol.dispose]() {} } : new SshTarget(server);
}
