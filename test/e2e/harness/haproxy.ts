import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Daemon } from "./daemon.ts";
import type { Host } from "./host.ts";
import { waitFor } from "./wait-for.ts";

export interface ServerState {
	readonly backend: string;
	readonly server: string;
	/** `UP`, `DOWN`, `MAINT (resolution)` and so on. */
	readonly status: string;
	/** Of the last health check, such as `L7OK`, `L7TOUT`. */
	readonly check: string;
}

/** HAProxy with a given configuration file, plus a statistics socket from a second one. */
export class Haproxy {
	readonly #host: Host;
	readonly #name: string;
	readonly #socket: string;
	readonly #arguments: readonly string[];
	#daemon: Daemon;

	private constructor(host: Host, configuration: string, name: string) {
		this.#host = host;
		this.#name = name;
		this.#socket = join(host.folder, `${name}.sock`);
		const files = {
			[`${name}.cfg`]: configuration,
			[`${name}-stats.cfg`]: `global\n\tstats socket ${this.#socket} level admin expose-fd listeners\n`,
		};
		this.#arguments = Object.entries(files).flatMap(([file, content]) => {
			writeFileSync(join(host.folder, file), content);
			return ["-f", join(host.folder, file)];
		});
		this.#daemon = host.start(name, "haproxy", ["-db", ...this.#arguments]);
	}

	/**
	 * @param configuration the text of the ConfigMap, to the byte
	 * @param name of its files, where a host has two of them
	 */
	static async start(host: Host, configuration: string, name = "haproxy"): Promise<Haproxy> {
		const haproxy = new Haproxy(host, configuration, name);
		await haproxy.#started();
		return haproxy;
	}

	/** The process that takes new connections. */
	get daemon(): Daemon {
		return this.#daemon;
	}

	/**
	 * Replaces the process by a new one, which takes over the listeners; the old one ends with its last session.
	 *
	 * @returns the old process
	 */
	async reload(): Promise<Daemon> {
		const pid = /^Pid: (\d+)/m.exec(await this.#ask("show info"))?.[1] ?? "";
		const old = this.#daemon;
		const handover = ["-x", this.#socket, "-sf", pid];
		this.#daemon = this.#host.start(this.#name, "haproxy", ["-db", ...this.#arguments, ...handover]);
		await waitFor(
			"the new process answers",
			async () => {
				if (!this.#daemon.running) throw new Error(this.#daemon.log);
				return !(await this.#ask("show info")).includes(`\nPid: ${pid}\n`);
			},
			{ within: 60_000 },
		);
		return old;
	}

	async #started(): Promise<void> {
		await waitFor(
			"HAProxy starts",
			() => {
				if (!this.#daemon.running) throw new Error(this.#daemon.log);
				return this.servers();
			},
			{ within: 60_000 },
		);
	}

	/** Every server of every backend. */
	async servers(): Promise<ServerState[]> {
		return (await this.#table("show stat", "# "))
			.filter(({ svname }) => svname !== "FRONTEND" && svname !== "BACKEND")
			.map((row) => ({
				backend: row.pxname ?? "",
				server: row.svname ?? "",
				status: row.status ?? "",
				// A check that is running is marked by a star.
				check: (row.check_status ?? "").replace("* ", ""),
			}));
	}

	/** Address in use by server name, of one backend; `-` without one. */
	async addresses(backend: string): Promise<Record<string, string>> {
		const answer = await this.#ask("show servers state");
		const rows = answer.split("\n").map((line) => line.split(" "));
		return Object.fromEntries(rows.filter((row) => row[1] === backend).map((row) => [row[3], row[4]]));
	}

	async #table(command: string, comment: string): Promise<Record<string, string>[]> {
		const [header = "", ...lines] = (await this.#ask(command)).trimEnd().split("\n");
		const names = header.slice(comment.length).split(",");
		return lines.map((line) =>
			Object.fromEntries(line.split(",").map((value, index) => [names[index] ?? "", value])),
		);
	}

	async #ask(command: string): Promise<string> {
		const socket = connect(this.#socket);
		socket.write(`${command}\n`);
		return await text(socket);
	}
}
