import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { mailTrees } from "../../../constructs/mail/mail-server.ts";
import type { ImageRoot } from "../../../lab/image-root.ts";
import type { Daemon } from "../harness/daemon.ts";
import type { DeployedContainer, DeployedStack } from "../harness/deployed-stack.ts";
import type { Host } from "../harness/host.ts";
import type { MemoryGroup } from "../harness/memory-group.ts";
import { waitFor } from "../harness/wait-for.ts";
import { ImageContainer } from "../image/image-container.ts";
import { StandInContainer } from "./stand-in-container.ts";

/** A running container, whatever it is made of. */
interface PodContainer {
	readonly daemon: Daemon;
	/** Its first process, as this machine numbers it. */
	readonly pid: number;
	run(...command: readonly string[]): string;
	/** The words by which this machine runs a command inside. */
	inside(...command: readonly string[]): readonly string[];
	/** Asks its first process to end, and waits for it. */
	stop(): Promise<void>;
	kill(): Promise<void>;
}

export interface MailPodProps {
	readonly host: Host;
	readonly stack: DeployedStack;
	/** Root of the image. @default none: the stand-in on the files of this machine */
	readonly root?: ImageRoot | undefined;
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
	/** What limits the stand-in's memory. @default nothing */
	readonly memory?: MemoryGroup;
	/**
	 * Of the stand-in: the real filter, whose first start takes half a minute, or one that lets everything pass.
	 *
	 * @default pass
	 */
	readonly filter?: "rspamd" | "pass";
}

/**
 * The pod of the mail server: as the kubelet would start it on the image's root, or the synthesised command line,
 * environment, files and capabilities on Debian's daemons and a stand-in of the image's set-up (`image/`).
 */
export class MailPod {
	readonly host: Host;
	readonly container: PodContainer;
	/** Folder that stands in for the claim. */
	readonly volume: string;
	readonly #deployed: DeployedContainer;
	/** The image's syslog writes both logs into one file. */
	readonly #oneLog: boolean;

	constructor({ env, ...given }: MailPodProps) {
		// What only the state of the stack knows: it was applied for the first time just now.
		const props = { ...given, env: { INFRA_FIRST_APPLY: new Date().toISOString(), ...env } };
		const { host, stack, root, volume } = props;
		this.host = host;
		this.volume = volume;
		this.#oneLog = root !== undefined;
		this.#deployed = stack.container("deployment", "mailserver", "mailserver");
		for (const { subPath } of Object.values(mailTrees)) mkdirSync(join(volume, subPath), { recursive: true });
		this.container =
			root === undefined
				? new StandInContainer({ ...props, deployed: this.#deployed })
				: onImage({ ...props, root }, this.#deployed);
	}

	/** Waits until the pod counts as ready for what is deployed. @throws with its log when it ends instead */
	async ready(within = 90_000): Promise<void> {
		const { readiness } = this.#deployed;
		const ready = waitFor("the mail server is ready", () => this.run(...readiness) !== undefined, {
			within,
			every: 100,
		});
		const ended = this.container.daemon.exited.then(() => {
			throw new Error(this.container.daemon.log);
		});
		await Promise.race([ready, ended]);
	}

	/** What a command prints inside of the container. @throws when it fails */
	run(...command: readonly string[]): string {
		return this.container.run(...command);
	}

	/** The same, while other tests go on. */
	async runAside(...command: readonly string[]): Promise<string> {
		const [program = "", ...args] = this.container.inside(...command);
		return (await promisify(execFile)(program, args, { maxBuffer: 64 * 1024 ** 2 })).stdout;
	}

	/** What a command prints that a daemon starts as the owner of the mail. @throws when it fails */
	runAsMail(...command: readonly string[]): string {
		const owner = ["--reuid", "5000", "--regid", "5000", "--clear-groups"];
		return this.run("setpriv", ...this.#deployed.privileges, "setpriv", ...owner, ...command);
	}

	/** What the container prints. */
	get output(): string {
		return this.container.daemon.log;
	}

	/** Everything that Postfix has logged, also in earlier pods of this volume. */
	get postfixLog(): string {
		return this.#log("mail.log");
	}

	get dovecotLog(): string {
		return this.#log(this.#oneLog ? "mail.log" : "dovecot.log");
	}

	/**
	 * Both logs as the image's syslog writes them. In the stand-in Dovecot writes a file itself, with levels and without
	 * its name.
	 */
	get syslog(): string {
		if (this.#oneLog) return this.postfixLog;
		const named = this.dovecotLog.replaceAll(/^(\w+ +\d+ [\d:]+) ([\w-]+): \w+: /gm, "$1 mail dovecot: $2: ");
		return this.postfixLog + named;
	}

	/** Waits for a line of a log. @returns what matched */
	async logged(pattern: RegExp, log: "postfixLog" | "dovecotLog" = "postfixLog"): Promise<string> {
		const found = await waitFor(`a line with ${pattern}`, () => pattern.exec(this[log]), { within: 30_000 });
		return found[0];
	}

	/** Messages in the inbox of an account, each whole. */
	inbox(address: string): string[] {
		const [user = "", domain = ""] = address.split("@");
		return ["new", "cur"].flatMap((place) => {
			const folder = join(this.volume, mailTrees.mail.subPath, domain, user, place);
			return existsSync(folder)
				? readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"))
				: [];
		});
	}

	/** Waits for a message whose text contains something. */
	async arrival(address: string, text: string, within = 60_000): Promise<string> {
		return await waitFor(
			`mail with ${text} for ${address}`,
			() => this.inbox(address).find((mail) => mail.includes(text)),
			{
				within,
			},
		);
	}

	/** Has Postfix read its files again, and waits until no process serves any more that has read them before. */
	async reloadPostfix(): Promise<void> {
		const serving = () =>
			this.run("sh", "-c", "pgrep -x 'postscreen|smtpd|cleanup|trivial-rewrite' || true")
				.split("\n")
				.filter(Boolean);
		const before = serving();
		this.run("postfix", "reload");
		await waitFor(
			"Postfix has read its files again",
			() => {
				const now = serving();
				return before.every((pid) => !now.includes(pid));
			},
			{ within: 60_000 },
		);
	}

	/** Ends as a pod ends: its first process is asked to, and the rest follows it. */
	async stop(): Promise<void> {
		await this.container.stop();
	}

	async kill(): Promise<void> {
		await this.container.kill();
	}

	#log(name: string): string {
		const file = join(this.volume, mailTrees.log.subPath, name);
		return existsSync(file) ? readFileSync(file, "utf8") : "";
	}
}

/** The container on the root of its image. */
function onImage(
	{
		host,
		stack,
		root,
		secrets,
		volume,
		relay,
		files = {},
		env = {},
	}: MailPodProps & { readonly root: ImageRoot },
	deployed: DeployedContainer,
): ImageContainer {
	const pod = stack.pod("deployment", "mailserver");
	const given = Object.entries({ ...secrets, ...files });
	const byVolume: Record<string, Record<string, string>> = {};
	const mounts: { name: string; mount_path: string }[] = pod.container[0].volume_mount;
	for (const { name, mount_path: path } of mounts)
		byVolume[name] = {
			...deployed.mounts[path],
			...Object.fromEntries(
				given.flatMap(([file, text]) =>
					file.startsWith(`${path}/`) ? [[file.slice(path.length + 1), text]] : [],
				),
			),
		};
	const outside = given.filter(
		([file]) => !mounts.some(({ mount_path: path }) => file.startsWith(`${path}/`)),
	);
	return new ImageContainer({
		host,
		root,
		pod,
		container: "mailserver",
		files: byVolume,
		claims: { data: volume },
		replaced: {
			...Object.fromEntries(outside),
			"/etc/resolv.conf": "nameserver 127.0.0.1\n",
			"/etc/hosts": `127.0.0.1 localhost\n${host.address} ${host.name}\n${relay.address} ${relay.name}\n`,
		},
		env,
	});
}
