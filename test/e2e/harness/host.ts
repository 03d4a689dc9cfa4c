import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Daemon } from "./daemon.ts";
import { ip } from "./ip.ts";

export interface HostProps {
	readonly name: string;
	readonly namespace: string;
	/** IPv4 address with prefix length. */
	readonly address: string;
	/** For the files of its daemons. */
	readonly folder: string;
}

/** A network namespace with one interface. */
export class Host {
	readonly name: string;
	readonly namespace: string;
	readonly folder: string;
	#address: string;

	constructor({ name, namespace, address, folder }: HostProps) {
		this.name = name;
		this.namespace = namespace;
		this.folder = folder;
		this.#address = address;
		this.#configure();
	}

	/** IPv4 address without prefix length. */
	get address(): string {
		return this.#address.replace(/\/.*/, "");
	}

	/** Gives it another address; open connections to the old one hang, as when a pod is replaced. */
	moveTo(address: string): void {
		this.#address = address;
		ip("-n", this.namespace, "address", "flush", "dev", "eth0");
		this.#configure();
	}

	/** Sends nothing any more to these addresses, nor answers them. */
	cutOffFrom(addresses: readonly string[]): void {
		for (const address of addresses) ip("-n", this.namespace, "route", "add", "blackhole", address);
	}

	reconnectTo(addresses: readonly string[]): void {
		for (const address of addresses) ip("-n", this.namespace, "route", "del", "blackhole", address);
	}

	/** Sends no more than this. @param rate as in tc-tbf(8), such as `64kbit` */
	slowDown(rate: string): void {
		const queue = ["dev", "eth0", "root", "tbf", "rate", rate, "burst", "4k", "latency", "400ms"];
		this.run("tc", ["qdisc", "replace", ...queue]);
	}

	speedUp(): void {
		this.run("tc", ["qdisc", "delete", "dev", "eth0", "root"]);
	}

	/** Files that replace those of the machine in `/etc` for every program of this host. */
	setFiles(files: Readonly<Record<string, string>>): void {
		const folder = join("/etc/netns", this.namespace);
		mkdirSync(folder, { recursive: true });
		for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
	}

	start(name: string, command: string, args: readonly string[], env = process.env): Daemon {
		return new Daemon("ip", this.inside(command, args), {
			logFile: join(this.folder, `${name}.log`),
			env,
		});
	}

	run(command: string, args: readonly string[], env = process.env): string {
		return execFileSync("ip", this.inside(command, args), { encoding: "utf8", env });
	}

	/** Arguments of `ip`, which replaces itself by the command: signals reach the command. */
	inside(command: string, args: readonly string[]): string[] {
		return ["netns", "exec", this.namespace, command, ...args];
	}

	#configure(): void {
		ip("-n", this.namespace, "address", "add", this.#address, "dev", "eth0");
		ip("-n", this.namespace, "link", "set", "eth0", "up");
	}
}
