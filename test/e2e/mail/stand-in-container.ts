import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mailTrees } from "../../../constructs/mail/mail-server.ts";
import { Daemon } from "../harness/daemon.ts";
import type { DeployedContainer } from "../harness/deployed-stack.ts";
import { ip } from "../harness/ip.ts";
import { printedBy } from "../harness/printed.ts";
import type { MailPodProps } from "./mail-pod.ts";

const image = join(import.meta.dirname, "image");
/** Where the container sees the folder of that name. */
const imageDirectory = "/opt/image";

/** The command line, environment, files and capabilities of the pod on Debian's daemons and a stand-in of the image's set-up. */
export class StandInContainer {
	readonly daemon: Daemon;
	readonly #namespace: string;
	/** What its programs inherit, and what is run inside. */
	readonly #env: Readonly<Record<string, string>>;

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
	}: MailPodProps & { readonly deployed: DeployedContainer }) {
		this.#namespace = host.namespace;
		this.#env = {
			PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			...deployed.env,
			...env,
		};
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
		const args = ["--mount", "--pid", "--fork", "--kill-child", join(import.meta.dirname, "container.sh")];
		const container = host.inside("unshare", [
			...args,
			"setpriv",
			...deployed.privileges,
			...deployed.command,
		]);
		// Entered from outside: a host of the network has a /sys of its own.
		const [command, words] = memory?.inside("ip", container) ?? ["ip", container];
		this.daemon = new Daemon(command, words, {
			logFile: join(host.folder, "container.log"),
			env: {
				...this.#env,
				STANDIN_DIR: imageDirectory,
				STANDIN_FILTER: filter,
				STANDIN_LAYER: layer,
				STANDIN_VOLUMES: Object.values(mailTrees)
					.map(({ path, subPath }) => `${path} ${join(volume, subPath)}`)
					.join("\n"),
			},
		});
	}

	/** What a command prints inside of the container. @throws when it fails */
	run(...command: readonly string[]): string {
		return printedBy(this.inside(...command));
	}

	/** The words by which this machine runs a command inside. */
	inside(...command: readonly string[]): readonly string[] {
		const target = ["--target", String(this.pid), "--all", "--root", "--wd"];
		const variables = Object.entries(this.#env).map(([name, value]) => `${name}=${value}`);
		return ["nsenter", ...target, "--", "env", "--ignore-environment", ...variables, ...command];
	}

	async stop(): Promise<void> {
		process.kill(this.pid, "SIGTERM");
		await this.daemon.exited;
	}

	async kill(): Promise<void> {
		await this.daemon.kill();
	}

	/** The container's first process, as this machine numbers it. */
	get pid(): number {
		const pids = ip("netns", "pids", this.#namespace).split("\n").filter(Boolean);
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
