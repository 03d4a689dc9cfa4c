import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Daemon } from "./daemon.ts";
import type { Host } from "./host.ts";
import { waitFor } from "./wait-for.ts";

export interface DnsServerProps {
	readonly zone: string;
	/** Seconds that others may keep an answer. @default 1 */
	readonly ttl?: number;
}

/** Authoritative DNS server of one zone; imitates the cluster's DNS. */
export class DnsServer {
	readonly daemon: Daemon;
	readonly #hostsFile: string;

	private constructor(host: Host, { zone, ttl = 1 }: DnsServerProps) {
		this.#hostsFile = join(host.folder, "hosts");
		writeFileSync(this.#hostsFile, "");
		this.daemon = host.start("dnsmasq", "dnsmasq", [
			"--keep-in-foreground",
			"--conf-file=/dev/null",
			"--pid-file=",
			"--log-facility=-",
			"--user=root",
			"--no-hosts",
			"--no-resolv",
			`--local=/${zone}/`,
			`--local-ttl=${ttl}`,
			`--addn-hosts=${this.#hostsFile}`,
		]);
	}

	static async start(host: Host, props: DnsServerProps): Promise<DnsServer> {
		const server = new DnsServer(host, props);
		// Before it has started, the signal to read its records again would end it.
		await waitFor("dnsmasq starts", () => server.daemon.log.includes("started, version"), { within: 60_000 });
		return server;
	}

	/** Replaces all records: address by name. */
	publish(records: Readonly<Record<string, string>>): void {
		const lines = Object.entries(records).map(([name, address]) => `${address} ${name}\n`);
		// Renamed into place: the server must never read half a file.
		writeFileSync(`${this.#hostsFile}.new`, lines.join(""));
		renameSync(`${this.#hostsFile}.new`, this.#hostsFile);
		this.daemon.signal("SIGHUP");
	}
}
