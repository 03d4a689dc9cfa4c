import {
	chmodSync,
	chownSync,
	existsSync,
	globSync,
	mkdirSync,
	readFileSync,
	rmdirSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { defined } from "../../../config/schema/defined.ts";
import type { ImageRoot } from "../../../lab/image-root.ts";
import { Daemon } from "../harness/daemon.ts";
import type { Block } from "../harness/deployed-stack.ts";
import type { Host } from "../harness/host.ts";
import { printedBy } from "../harness/printed.ts";
import { waitFor } from "../harness/wait-for.ts";
import { type BindMount, bundleConfig } from "./bundle.ts";

export interface ImageContainerProps {
	/** The pod's network. */
	readonly host: Host;
	readonly root: ImageRoot;
	/** Specification of the pod, as Terraform spells it. */
	readonly pod: Block;
	readonly container: string;
	/** Content of ConfigMaps and Secrets, by name of the volume: text by name of the file. */
	readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>;
	/** Folders that stand for the claims, by name of the volume. */
	readonly claims?: Readonly<Record<string, string>>;
	/** Files that replace those of the image, by path. */
	readonly replaced?: Readonly<Record<string, string>>;
	/** Variables beside those that are deployed; for negative controls. */
	readonly env?: Readonly<Record<string, string>>;
	/** Values of pod fields that the environment refers to, by path such as `metadata.name`. */
	readonly fields?: Readonly<Record<string, string>>;
	/** Values of the keys of Secrets that the environment refers to, by key. */
	readonly secrets?: Readonly<Record<string, string>>;
}

let containers = 0;

/** A container of a pod on the root of its image, started by runc(8) as the kubelet would have it started. */
export class ImageContainer {
	readonly daemon: Daemon;
	readonly #id = `infra-${process.pid}-${++containers}`;
	readonly #folder: string;

	constructor(props: ImageContainerProps) {
		if (containers === 1) removeLeftoverGroups();
		const { host, root, pod, container, files, claims = {}, replaced = {}, env, fields, secrets } = props;
		this.#folder = join(host.folder, this.#id);
		for (const name of ["upper", "work", "rootfs"]) mkdirSync(join(this.#folder, name), { recursive: true });
		const group = pod.security_context?.fs_group;
		const volumes: Record<string, string> = { ...claims };
		// Those of claim templates are not among the pod's own.
		for (const volume of pod.volume ?? [])
			volumes[volume.name] ??= this.#volume(volume, files[volume.name], group && Number(group));
		if (group) for (const folder of Object.values(claims)) giveTo(folder, Number(group), 0o2770);
		for (const { name, sub_path } of pod.container.flatMap(({ volume_mount }: Block) => volume_mount ?? []))
			if (sub_path) mkdirSync(join(volumes[name] ?? "", sub_path), { recursive: true });
		const binds = Object.entries(replaced).map(([path, text]): BindMount => {
			const source = join(this.#folder, "replaced", path);
			put(source, text, 0o644);
			return { source, path, readOnly: false };
		});
		const config = bundleConfig({
			pod,
			container,
			image: root.config,
			volumes,
			binds,
			network: `/run/netns/${host.namespace}`,
			cgroup: `/${this.#id}`,
			hostname: host.name,
			...defined({ fields, secrets, env }),
		});
		writeFileSync(join(this.#folder, "config.json"), JSON.stringify(config));
		const apart = ["--mount", "--propagation", "private", "--pid", "--mount-proc", "--fork", "--kill-child"];
		const program = join(import.meta.dirname, "run-container.sh");
		this.daemon = new Daemon("unshare", [...apart, program, root.folder, this.#folder, this.#id], {
			logFile: join(host.folder, `${this.#id}.log`),
		});
	}

	/** What a command prints inside, with the container's environment, user and rights. @throws when it fails */
	run(...command: readonly string[]): string {
		return printedBy(this.inside(...command));
	}

	/** The words by which this machine runs a command inside. */
	inside(...command: readonly string[]): readonly string[] {
		const runtime = ["runc", "--root", join(this.#folder, "state"), "exec", this.#id];
		return ["nsenter", "--target", this.#runtime, "--mount", "--pid", "--", ...runtime, ...command];
	}

	/** The container's first process, as this machine numbers it. */
	get pid(): number {
		return Number(this.#children(this.#runtime)[0]);
	}

	/** Ends as a pod ends: its first process is asked to, and the rest follows it. */
	async stop(): Promise<void> {
		process.kill(this.pid, "SIGTERM");
		await this.daemon.exited;
		await this.#groupsAreRemoved();
	}

	/** Ends as on a node that loses power. */
	async kill(): Promise<void> {
		await this.daemon.kill();
		await this.#groupsAreRemoved();
	}

	/** Processes that the kernel has killed for want of memory. */
	get kills(): number {
		return Number(/^oom_kill (\d+)$/m.exec(this.#memory("memory.oom_control", "memory.events"))?.[1]);
	}

	/** The most memory that was ever in use, caches included, in bytes. */
	get peak(): number {
		return Number(this.#memory("memory.max_usage_in_bytes", "memory.peak"));
	}

	/** Limit of its memory in bytes, as the kernel has it. */
	get memoryLimit(): number {
		return Number(this.#memory("memory.limit_in_bytes", "memory.max"));
	}

	/** runc(8), as this machine numbers it. */
	get #runtime(): string {
		const [runtime] = this.#children(String(this.daemon.pid));
		if (runtime === undefined) throw new Error(this.daemon.log || "the container has not been started");
		return runtime;
	}

	/** Of all threads of a process: runc(8) starts the container from any of them. */
	#children(pid: string): string[] {
		return globSync(`/proc/${pid}/task/*/children`).flatMap((file) => {
			try {
				return readFileSync(file, "utf8").split(" ").filter(Boolean);
			} catch {
				// The thread has ended meanwhile.
				return [];
			}
		});
	}

	/** A file of the group, by its name in the first and in the second version of control groups. */
	#memory(first: string, second: string): string {
		const old = `/sys/fs/cgroup/memory/${this.#id}`;
		return readFileSync(
			existsSync(old) ? join(old, first) : join("/sys/fs/cgroup", this.#id, second),
			"utf8",
		);
	}

	async #groupsAreRemoved(): Promise<void> {
		await waitFor("the control group of the container is empty", () => this.#removeGroups(), {
			within: 60_000,
		});
	}

	/** @returns whether none is left; a group with a process cannot be removed */
	#removeGroups(): boolean {
		try {
			const folders = globSync([`/sys/fs/cgroup/*/${this.#id}`, `/sys/fs/cgroup/${this.#id}`]);
			for (const folder of folders) rmdirSync(folder);
			return true;
		} catch {
			return false;
		}
	}

	/** A folder as the kubelet makes it for a volume that is no claim. */
	#volume(
		{ name, config_map, secret, empty_dir }: Block,
		files?: Readonly<Record<string, string>>,
		group?: number,
	): string {
		const folder = join(this.#folder, "volumes", name);
		mkdirSync(folder, { recursive: true });
		if (empty_dir !== undefined) chmodSync(folder, 0o777);
		else if (files === undefined) throw new Error(`nobody gives the files of the volume ${name}`);
		else {
			const mode = Number.parseInt((config_map ?? secret)?.default_mode ?? "0644", 8);
			for (const [file, text] of Object.entries(files)) {
				put(join(folder, file), text, mode);
				if (group) giveTo(join(folder, file), group, mode | 0o440);
			}
		}
		if (group) giveTo(folder, group, 0o2777);
		return folder;
	}
}

/** What the kubelet does to a volume of a pod with `fsGroup`. */
function giveTo(path: string, group: number, mode: number): void {
	chownSync(path, 0, group);
	chmodSync(path, mode);
}

function put(file: string, text: string, mode: number): void {
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, text);
	chmodSync(file, mode);
}

/** Control groups of runs that were killed, and had no chance to remove their own. */
function removeLeftoverGroups(): void {
	for (const folder of globSync("/sys/fs/cgroup/{*/,}infra-*-*")) {
		const [, pid] = /infra-(\d+)-\d+$/.exec(folder) ?? [];
		if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
		try {
			rmdirSync(folder);
		} catch {
			// Another run removes it at the same time.
		}
	}
}
