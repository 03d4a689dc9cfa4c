import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Daemon } from "../harness/daemon.ts";
import type { DeployedContainer } from "../harness/deployed-stack.ts";
import type { Host } from "../harness/host.ts";
import { ip } from "../harness/ip.ts";
import type { MemoryGroup } from "../harness/memory-group.ts";
import { waitFor } from "../harness/wait-for.ts";

const image = join(import.meta.dirname, "image");
/** Where the container sees the folder of that name. */
const imageDirectory = "/opt/image";

export interface MailPodProps {
	readonly host: Host;
	readonly deployed: DeployedContainer;
	/** Files of the Secrets, by path in the container. */
	readonly secrets: Readonly<Record<string, string>>;
	/** Folder that stands in for the claim. */
	readonly volume: string;
	/** Where the pod finds the relay. */
	readonly relay: { readonly name: string; readonly address: string };
	/** Files that differ from what is deployed, by path in the container; for negative controls. */
	readonly files?: Readonly<Record<string, string>>;
	/** Variables beside those that are deployed; for negative controls. */
	readonly env?: Readonly<Record<string, string>>;
	/** What limits its memory. @default nothing */
	readonly memory?: MemoryGroup;
	/** The real filter, whose first start takes half a minute, or one that lets everything pass. @default pass */
	readonly filter?: "rspamd" | "pass";
}

/**
 * The pod of the mail server: the synthesised command line, environment, files and capabilities, on Debian's daemons
 * and a stand-in of the image's set-up (`image/`).
 */
export class MailPod {
	readonly host: Host;
	readonly #daemon: Daemon;
	readonly #volume: string;
	readonly #readiness: readonly string[];
	readonly #privileges: readonly string[];

	constructor({
		host,
		deployed,
		secrets,
		volume,
		relay,
		files = {},
		env = {},
		filter = "pass",
		memory,
	}: MailPodProps) {
		this.host = host;
		this.#volume = volume;
		this.#readiness = deployed.readiness;
		this.#privileges = deployed.privileges;
		const layer = join(host.folder, "layer");
		const put = (path: string, text: string, mode: number) => {
			mkdirSync(dirname(join(layer, path)), { recursive: true });
			writeFileSync(join(layer, path), text, { mode });
		};
		for (const [path, mounted] of Object.entries(deployed.mounts))
			for (const [name, text] of Object.entries(mounted)) put(`${path}/${name}`, text, 0o555);
		for (const [path, text] of Object.entries(secrets)) put(path, text, 0o400);
		for (const [path, text] of Object.entries(files)) put(path, text, 0o555);
		// There is no name server, and no program should wait for one.
		put("/etc/resolv.conf", "nameserver 127.0.0.1\n", 0o644);
		put("/etc/hosts", `127.0.0.1 localhost\n${relay.address} ${relay.name}\n`, 0o644);
		cpSync(image, join(layer, imageDirectory), { recursive: true });
		for (const program of ["dumb-init", "supervisord"])
			put(`/usr/bin/${program}`, readFileSync(join(image, `${program}.sh`), "utf8"), 0o755);
		const volumes = { "/var/mail": "mail", "/var/mail-state": "state", "/var/log/mail": "log" };
		for (const name of Object.values(volumes)) mkdirSync(join(volume, name), { recursive: true });
		const args = ["--mount", "--pid", "--fork", "--kill-child", join(import.meta.dirname, "container.sh")];
		const container = host.inside("unshare", [
			...args,
			"setpriv",
			...deployed.privileges,
			...deployed.command,
		]);
		// Entered from outside: a host of the network has a /sys of its own.
		const [command, words] = memory?.inside("ip", container) ?? ["ip", container];
		this.#daemon = new Daemon(command, words, {
			logFile: join(host.folder, "container.log"),
			env: {
				PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
				...deployed.env,
				...env,
				STANDIN_DIR: imageDirectory,
				STANDIN_FILTER: filter,
				STANDIN_LAYER: layer,
				STANDIN_VOLUMES: Object.entries(volumes)
					.map(([path, name]) => `${path} ${join(volume, name)}`)
					.join("\n"),
			},
		});
	}

	/** Waits until the pod counts as ready for what is deployed. @throws with its log when it ends instead */
	async ready(within = 30_000): Promise<void> {
		const ready = waitFor("the mail server is ready", () => this.run(...this.#readiness) !== undefined, {
			within,
			every: 100,
		});
		const ended = this.#daemon.exited.then(() => {
			throw new Error(this.#daemon.log);
		});
		await Promise.race([ready, ended]);
	}

	/** What a command prints inside of the container. @throws when it fails */
	run(...command: readonly string[]): string {
		const target = ["--target", String(this.#pid), "--all", "--root", "--wd"];
		return execFileSync("nsenter", [...target, "--", ...command], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "pipe"],
			env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
		});
	}

	/** What a command prints that a daemon starts as the owner of the mail. @throws when it fails */
	runAsMail(...command: readonly string[]): string {
		const owner = ["--reuid", "5000", "--regid", "5000", "--clear-groups"];
		return this.run("setpriv", ...this.#privileges, "setpriv", ...owner, ...command);
	}

	/** Everything that Postfix has logged, also in earlier pods of this volume. */
	get postfixLog(): string {
		return this.#log("mail.log");
	}

	get dovecotLog(): string {
		return this.#log("dovecot.log");
	}

	/**
	 * Both logs as the image's syslog writes them. Here Dovecot writes a file itself, with levels and without its name.
	 */
	get syslog(): string {
		const named = this.dovecotLog.replaceAll(/^(\w+ +\d+ [\d:]+) ([\w-]+): \w+: /gm, "$1 mail dovecot: $2: ");
		return this.postfixLog + named;
	}

	/** Waits for a line of a log. @returns what matched */
	async logged(pattern: RegExp, log: "postfixLog" | "dovecotLog" = "postfixLog"): Promise<string> {
		const found = await waitFor(`a line with ${pattern}`, () => pattern.exec(this[log]), { within: 10_000 });
		return found[0];
	}

	/** Messages in the inbox of an account, each whole. */
	inbox(address: string): string[] {
		const [user = "", domain = ""] = address.split("@");
		return ["new", "cur"].flatMap((place) => {
			const folder = join(this.#volume, "mail", domain, user, place);
			return existsSync(folder)
				? readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"))
				: [];
		});
	}

	/** Waits for a message whose text contains something. */
	async arrival(address: string, text: string, within = 20_000): Promise<string> {
		return await waitFor(
			`mail with ${text} for ${address}`,
			() => this.inbox(address).find((mail) => mail.includes(text)),
			{
				within,
			},
		);
	}

	/** Ends as a pod ends: its first process is asked to, and the rest follows it. */
	async stop(): Promise<void> {
		process.kill(this.#pid, "SIGTERM");
		await this.#daemon.exited;
	}

	async kill(): Promise<void> {
		await this.#daemon.kill();
	}

	#log(name: string): string {
		const file = join(this.#volume, "log", name);
		return existsSync(file) ? readFileSync(file, "utf8") : "";
	}

	/** The container's first process, as this machine numbers it. */
	get #pid(): number {
		const pids = ip("netns", "pids", this.host.namespace).split("\n").filter(Boolean);
		const first = pids.find((pid) => {
			try {
				return /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
			} catch {
				return false;
			}
		});
		if (first === undefined) throw new Error("the container has no process");
		return Number(first);
	}
}
