import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Daemon } from "../harness/daemon.ts";
import type { Host } from "../harness/host.ts";

/** A generation of Dovecot, each with a syntax of its own. */
export type Generation = "2.3" | "2.4";

/** Where an unpacked system with a generation may lie, beside this machine's own. */
const cached = (generation: Generation) => join(homedir(), ".cache/infra/dovecot", generation);

/** The release of Debian that has it. */
const releases: Readonly<Record<Generation, string>> = { "2.3": "bookworm", "2.4": "trixie" };

/** What makes a root of a generation. */
export const wayToRoot = (generation: Generation) =>
	`debootstrap --variant=minbase --include=dovecot-imapd,dovecot-lmtpd,dovecot-managesieved,openssl ${releases[generation]} ${cached(generation)}`;

/** Root of a system with Dovecot of a generation: this machine's, or one in the cache. */
export function dovecotRoot(generation: Generation): string | undefined {
	const { stdout } = spawnSync("dovecot", ["--version"], { encoding: "utf8" });
	if (stdout?.startsWith(`${generation}.`)) return "/";
	return existsSync(join(cached(generation), "usr/sbin/dovecot")) ? cached(generation) : undefined;
}

export interface DovecotServerProps {
	readonly host: Host;
	/** Of the system that it runs on. */
	readonly root: string;
	/** Files by path, in the place of the system's. */
	readonly files: Readonly<Record<string, string>>;
	/** Folder of the mail. */
	readonly mail: string;
}

/** Dovecot of some generation on a host of the network, on files of its own. */
export class DovecotServer {
	readonly daemon: Daemon;

	constructor({ host, root, files, mail }: DovecotServerProps, ...command: string[]) {
		const layer = join(host.folder, "layer");
		for (const [path, text] of Object.entries(files)) {
			mkdirSync(dirname(join(layer, path)), { recursive: true });
			writeFileSync(join(layer, path), text, { mode: 0o755 });
		}
		mkdirSync(mail, { recursive: true });
		const args = ["--mount", "--pid", "--fork", "--kill-child", join(import.meta.dirname, "container.sh")];
		this.daemon = new Daemon("ip", host.inside("unshare", [...args, ...command]), {
			logFile: join(host.folder, "dovecot.out"),
			env: {
				PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
				STANDIN_ROOT: root,
				STANDIN_LAYER: layer,
				STANDIN_VOLUMES: `/var/mail ${mail}\n/var/log/mail ${host.folder}`,
			},
		});
	}
}
