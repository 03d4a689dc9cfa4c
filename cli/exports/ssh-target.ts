import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Site } from "../../config/schema/site.ts";
import { UsageError } from "../usage-error.ts";
import { type Ended, run, type Target, thisMachine } from "./target.ts";

/** Exit code of ssh itself, when it does not get as far as the command. */
const sshFailed = 255;
const alias = "nfs-server";

/**
 * The site's NFS server through the system's ssh: its host key is the one that the site states and no other, and
 * nobody is asked for anything.
 *
 * @throws UsageError when the site states no login
 */
export class SshTarget implements Target, Disposable {
	readonly name: string;
	/** Holds the only host key. */
	readonly #folder: string;
	readonly #ssh: readonly string[];

	constructor({ network, storage }: Pick<Site, "network" | "storage">) {
		const { server, ssh } = storage.nfs;
		const address = network.hosts[server]?.address ?? server;
		if (ssh === undefined)
			throw new UsageError(
				`storage.nfs.ssh: the site states no host key for ${server} (${address})`,
				"state it, or run the command on the server with --local",
			);
		this.name = `${ssh.user}@${address}`;
		this.#folder = mkdtempSync(join(tmpdir(), "infra-exports-"));
		const knownHosts = join(this.#folder, "known_hosts");
		writeFileSync(knownHosts, `${alias} ${ssh.hostKey}\n`);
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
			...["-p", String(ssh.port), "-l", ssh.user, "--", address],
		];
	}

	async run(command: readonly string[], input?: string): Promise<Ended> {
		const ended = await run([...this.#ssh, command.map(quote).join(" ")], input);
		if (ended.code === sshFailed) throw new Error(`no connection to ${this.name}: ${ended.stderr.trim()}`);
		return ended;
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

/** The machine itself, or the site's NFS server. */
export function openTarget(site: Pick<Site, "network" | "storage">, local: boolean): Target & Disposable {
	return local ? { ...thisMachine, [Symbol.dispose]() {} } : new SshTarget(site);
}

/** One word for the shell that ssh starts at the other end. */
function quote(word: string): string {
	return `'${word.replaceAll("'", `'\\''`)}'`;
}
