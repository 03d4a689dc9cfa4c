import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../lab/free-port.ts";
import { Daemon } from "./daemon.ts";
import { waitFor } from "./wait-for.ts";

/**
 * Starts the real sshd in a tree of mounts of its own: it wants a folder that is nobody else's, in a place where this
 * machine may have none.
 *
 * @param mounts commands that put more in its place there
 */
export async function startSshd(
	config: string,
	{ logFile, mounts = [] }: { readonly logFile: string; readonly mounts?: readonly string[] },
): Promise<Daemon> {
	const own = ["mount -t tmpfs none /run", "mkdir /run/sshd", ...mounts];
	const start = ["set -e", ...own, `exec /usr/sbin/sshd -D -e -f ${config}`].join("\n");
	const daemon = new Daemon("unshare", ["--mount", "sh", "-c", start], { logFile });
	try {
		await waitFor("sshd listens", () => daemon.log.includes("Server listening"), { within: 60_000 });
		return daemon;
	} catch (error) {
		await daemon.stop();
		throw error;
	}
}

/** The real sshd on loopback, which lets root in by one key. */
export class Sshd {
	readonly port: number;
	/** As a site states it. */
	readonly hostKey: string;
	readonly #daemon: Daemon;

	private constructor(folder: string, port: number, daemon: Daemon) {
		this.port = port;
		this.#daemon = daemon;
		const [type, key] = readFileSync(join(folder, "host.pub"), "utf8").split(" ");
		this.hostKey = `${type} ${key}`;
	}

	/** @param folder empty; @param authorized public key */
	static async start(folder: string, authorized: string): Promise<Sshd> {
		const at = (name: string) => join(folder, name);
		const port = await freePort();
		execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at("host")]);
		writeFileSync(at("authorized"), authorized);
		chmodSync(at("authorized"), 0o600);
		const settings = {
			ListenAddress: `127.0.0.1:${port}`,
			HostKey: at("host"),
			AuthorizedKeysFile: at("authorized"),
			// The folder of the tests may be everybody's.
			StrictModes: "no",
			PermitRootLogin: "prohibit-password",
			UsePAM: "no",
			PidFile: "none",
		};
		const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
		writeFileSync(at("config"), lines.join(""));
		return new Sshd(folder, port, await startSshd(at("config"), { logFile: at("log") }));
	}

	stop(): Promise<void> {
		return this.#daemon.stop();
	}
}
