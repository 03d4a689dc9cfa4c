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
	readonly daemon: Daemon;
	readonly #socket: string;

	private constructor(host: Host, configuration: string) {
		this.#socket = join(host.folder, "haproxy.sock");
		const files = {
			"haproxy.cfg": configuration,
			"stats.cfg": `global\n\tstats socket ${this.#socket} level admin\n`,
		};
		const args = Object.entries(files).flatMap(([name, content]) => {
			writeFileSync(join(host.folder, name), content);
			return ["-f", join(host.folder, name)];
		});
		this.daemon = host.start("haproxy", "haproxy", ["-db", ...args]);
	}

	/** @param configuration the text of the ConfigMap, to the byte */
	static async start(host: Host, configuration: string): Promise<Haproxy> {
		const haproxy = new Haproxy(host, configuration);
		await waitFor(
			"HAProxy starts",
			() => {
				if (!haproxy.daemon.running) throw new Error(haproxy.daemon.log);
				return haproxy.servers();
			},
			{ within: 5000 },
		);
		return haproxy;
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
