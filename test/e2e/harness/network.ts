import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Host } from "./host.ts";
import { ip } from "./ip.ts";

/** Of everything that a run creates outside its folder: `infra-<process>-<number>-`. */
const ownName = /^infra-(\d+)-/;
const removeNetwork = join(import.meta.dirname, "remove-network.sh");
let networks = 0;

/**
 * A network of its own: one namespace with a bridge and, on it, one namespace per host.
 *
 * Nothing in it reaches the machine's network, or another run of the tests on the same machine.
 */
export class Network {
	readonly name = `infra-${process.pid}-${++networks}-`;
	/** Files of this network's daemons; removed with it. */
	readonly folder: string;
	readonly hosts: Host[] = [];
	readonly #bridge = `${this.name}bridge`;
	readonly #janitor: ChildProcess;

	constructor() {
		if (networks === 1) removeLeftovers();
		this.folder = mkdtempSync(join(tmpdir(), this.name));
		// A process of its own, because a test runner may be killed, and kills its workers, without a warning.
		this.#janitor = spawn(removeNetwork, [this.name, "--when-orphaned"], {
			stdio: ["pipe", "ignore", "inherit"],
			detached: true,
		});
		ip("netns", "add", this.#bridge);
		ip("-n", this.#bridge, "link", "add", "bridge0", "type", "bridge");
		ip("-n", this.#bridge, "link", "set", "bridge0", "up");
	}

	/** Attaches a host. @param address IPv4 address with prefix length */
	addHost(name: string, address: string): Host {
		const namespace = this.name + name;
		const port = `port${this.hosts.length}`;
		ip("netns", "add", namespace);
		ip("-n", this.#bridge, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace);
		ip("-n", this.#bridge, "link", "set", port, "master", "bridge0", "up");
		ip("-n", namespace, "link", "set", "lo", "up");
		const folder = join(this.folder, name);
		mkdirSync(folder);
		const host = new Host({ name, namespace, address, folder });
		this.hosts.push(host);
		return host;
	}

	[Symbol.dispose](): void {
		this.#janitor.kill("SIGKILL");
		execFileSync(removeNetwork, [this.name]);
	}
}

/** What earlier runs left behind that ended without a chance to clean up. */
function removeLeftovers(): void {
	const found = [...names(ip("netns", "list")), ...readdirSync(tmpdir())];
	for (const name of found) {
		const [prefix, pid] = ownName.exec(name) ?? [];
		if (prefix === undefined || isAlive(Number(pid))) continue;
		execFileSync(removeNetwork, [prefix]);
	}
}

/** First words of the lines of a listing. */
function names(listing: string): string[] {
	return listing.split("\n").flatMap((line) => line.match(/^\S+/) ?? []);
}

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
