import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import type { EdgeRequest } from "../../../cli/pfsense/edge-program.ts";
import type { ProcessResult } from "../../../clients/host/run.ts";
import { type Target, thisMachine } from "../../../clients/host/target.ts";
import { loadSite } from "../../../config/load-site.ts";
import { milliseconds } from "../../../config/schema/duration.ts";
import lab from "../../../config/sites/lab.ts";
import { edgePrefix, mailEdge } from "../../../constructs/mail/edge.ts";
import { pfsenseEdge } from "../../../constructs/pfsense/edge-objects.ts";
import { mergePatch } from "../../merge-patch.ts";
import type { Daemon } from "../harness/daemon.ts";
import type { Host } from "../harness/host.ts";
import { ip } from "../harness/ip.ts";
import { Network } from "../harness/network.ts";
import { waitFor } from "../harness/wait-for.ts";

const site = await loadSite("lab");

const { edge } = site.mail;

/** The edge of the site `lab`, with checks in quick succession. */
export const labEdge = mailEdge({
	...site,
	mail: { ...site.mail, edge: { ...edge, check: { interval: milliseconds(300), fall: 2, rise: 1 } } },
});

export const labRequest: EdgeRequest = { ...pfsenseEdge(labEdge, edgePrefix, "test"), replace: [] };

// biome-ignore lint/suspicious/noExplicitAny: as loose as the file itself
type Config = any;

/** Somebody else's redirect, frontend and pool, with names as near to ours as can be. */
export const foreign = {
	nat: { rule: [] as object[] },
	installedpackages: {
		haproxy: {
			ha_pools: { item: [{ name: "infra_mailbox", ...poolOf("192.0.2.99") }] },
			ha_backends: {
				item: [
					{
						name: "not_infra_mail_web",
						status: "active",
						type: "tcp",
						backend_serverpool: "infra_mailbox",
						a_extaddr: { item: [{ extaddr: "custom", extaddr_custom: "192.0.2.1", extaddr_port: "8080" }] },
					},
				],
			},
		},
	},
};

function poolOf(address: string) {
	return {
		balance: "roundrobin",
		check_type: "none",
		ha_servers: { item: [{ name: "one", address, port: "80", status: "active", advanced: "" }] },
	};
}

/**
 * A router that is pfSense as far as our program can tell, at the address of the site's edge, with the real HAProxy;
 * and behind it the addresses of all workers. Ends with the test.
 */
export class RouterLab {
	readonly target: Target;
	readonly #router: Host;
	readonly #workers: Host;
	readonly #listeners: Daemon[] = [];

	constructor(config: object = {}) {
		const network = new Network();
		onTestFinished(async () => {
			for (const listener of this.#listeners) await listener.kill();
			network[Symbol.dispose]();
		});
		const address = (host: string) => site.network.hosts[host]?.address ?? "";
		const workers = Object.values(site.cluster.nodes).filter(({ controlPlane }) => !controlPlane);
		const [first = "", ...others] = workers.map(({ host }) => `${address(host)}/24`);
		this.#router = network.addHost("router", `${address(edge.proxy)}/24`);
		this.#workers = network.addHost("workers", first);
		for (const other of others) ip("-n", this.#workers.namespace, "address", "add", other, "dev", "eth0");
		for (const folder of ["conf", "tmp", "run"]) mkdirSync(this.#file(folder));
		writeFileSync(this.#file("php.ini"), `include_path = "${join(import.meta.dirname, "router")}"\n`);
		this.config = config;
		this.target = {
			name: "the router",
			run: (command, input) => thisMachine.run(this.inside(command), input),
		};
	}

	/** A command line that runs on the router. */
	inside(command: readonly string[]): string[] {
		const environment = [`ROUTER_FOLDER=${this.#router.folder}`, `PHP_INI_SCAN_DIR=:${this.#router.folder}`];
		return ["ip", ...this.#router.inside("env", [...environment, ...command])];
	}

	/** One more address of the router. */
	addIpv6(address: string): void {
		ip("-n", this.#router.namespace, "address", "add", `${address}/32`, "dev", "eth0", "nodad");
	}

	/** What pfSense would have in its `config.xml`. */
	get config(): Config {
		return JSON.parse(readFileSync(this.#file("conf/config.json"), "utf8"));
	}

	set config(config: Config) {
		writeFileSync(this.#file("conf/config.json"), JSON.stringify(config));
	}

	get haproxyFile(): string {
		return readFileSync(this.#file("tmp/haproxy.cfg"), "utf8").replaceAll(this.#file("tmp"), "/tmp");
	}

	/** What was called in pfSense so far, and never again told. */
	calls(): string[] {
		if (!existsSync(this.#file("tmp/calls"))) return [];
		const calls = readFileSync(this.#file("tmp/calls"), "utf8").trimEnd().split("\n");
		writeFileSync(this.#file("tmp/calls"), "");
		return calls.filter((call) => call !== "");
	}

	/** Has one step of pfSense fail: each write of the configuration, or the next starts of HAProxy. */
	fail(how: "write-fails" | "write-refused" | "start-fails", times = 1): void {
		writeFileSync(this.#file(`tmp/${how}`), String(times));
	}

	/** Sends the program a signal right after its next call that begins like this. */
	strike(signal: "KILL" | "TERM", call: string): void {
		writeFileSync(this.#file("tmp/strike"), `${signal} ${call}`);
	}

	/** Addresses with ports that HAProxy listens on. */
	listening(): string[] {
		return this.#router
			.run("ss", ["-Hltn"])
			.trimEnd()
			.split("\n")
			.flatMap((line) => line.split(/\s+/)[3] ?? [])
			.toSorted();
	}

	/** Has every worker accept connections at the ports for checks. */
	async deployMail(): Promise<void> {
		const ports = Object.values(site.mail.listeners).map(({ checkNodePort }) => checkNodePort);
		const program = `for (const port of ${JSON.stringify(ports)})
			require("net").createServer((socket) => socket.end()).listen(port, () => console.log("ready"))`;
		const listener = this.#workers.start("listeners", process.execPath, ["-e", program]);
		this.#listeners.push(listener);
		await waitFor("mail listens", () => listener.log.split("ready").length > ports.length, {
			within: 10_000,
		});
	}

	async stopMail(): Promise<void> {
		for (const listener of this.#listeners.splice(0)) await listener.kill();
	}

	/** Runs a command of the project on the router, for a site whose edge has these settings. */
	infra(args: readonly string[], settings: object = {}): Promise<ProcessResult> {
		const quick = { check: { interval: "300ms", fall: 2, rise: 1 }, ...settings };
		writeFileSync(this.#file("site.json"), JSON.stringify(mergePatch(lab, { mail: { edge: quick } })));
		const path = [this.#file("bin"), process.env.PATH].join(delimiter);
		const environment = [`PATH=${path}`, `INFRA_SITE=${this.#file("site.json")}`];
		return this.target.run(["env", ...environment, process.execPath, "cli/infra.ts", "pfsense", ...args]);
	}

	/** Puts a shell script in the place of a program. */
	standIn(program: string, script: string): void {
		mkdirSync(this.#file("bin"), { recursive: true });
		writeFileSync(this.#file(`bin/${program}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
	}

	#file(name: string): string {
		return join(this.#router.folder, name);
	}
}
