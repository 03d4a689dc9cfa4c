import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Host } from "../harness/host.ts";
import { ip } from "../harness/ip.ts";
import { Network } from "../harness/network.ts";
import { setTable } from "./nft-table.ts";

/** Gateway of every pod: its side of the pair has no address, and the node answers for it (as Calico does). */
const podGateway = "169.254.1.1";

/** A port of every node, and the port of the pod that it forwards to. */
export interface NodePort {
	readonly nodePort: number;
	readonly port: number;
}

/** Networks that may reach some ports of a pod. */
export interface Admission {
	readonly networks: readonly string[];
	readonly ports: readonly number[];
}

/** A worker: a router that translates node ports as kube-proxy does, and enforces policies on the way to its pods. */
export class Worker {
	readonly host: Host;
	/** First of its addresses: what it puts in place of the sender of node-port traffic. */
	readonly addresses: readonly string[];
	#source = "masquerade";

	constructor(host: Host, addresses: readonly string[]) {
		this.host = host;
		this.addresses = addresses;
		for (const address of addresses.slice(1))
			ip("-n", host.namespace, "address", "add", `${address}/24`, "dev", "eth0");
		host.run("sysctl", ["-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0"]);
		ip("-n", host.namespace, "route", "add", "default", "via", "10.0.20.1");
	}

	/** From the next `publish` on, puts this address in place of the sender. @default that of the node */
	translateTo(address?: string): void {
		this.#source = address === undefined ? "masquerade" : `snat to ${address}`;
	}

	/** Leads node ports to a pod. An established connection stays where it is. */
	publish(pod: string, ports: readonly NodePort[]): void {
		const rules = ports.map(
			({ nodePort, port }) =>
				`ip daddr { ${this.addresses.join(", ")} } tcp dport ${nodePort} dnat to ${pod}:${port}`,
		);
		setTable(this.host, "nodeports", {
			prerouting: ["type nat hook prerouting priority dstnat", ...rules],
			postrouting: ["type nat hook postrouting priority srcnat", `ct status dnat ${this.#source}`],
		});
	}

	/** Refuses what is not admitted to a pod, before its sender is translated. */
	enforce(pod: string, admissions: readonly Admission[]): void {
		const rules = admissions.map(
			({ networks, ports }) =>
				`ip daddr ${pod} ip saddr { ${networks.join(", ")} } tcp dport { ${ports.join(", ")} } accept`,
		);
		setTable(this.host, "admission", {
			forward: [
				"type filter hook forward priority filter",
				"ct state established,related accept",
				...rules,
				`ip daddr ${pod} drop`,
			],
		});
	}

	enforceNothing(): void {
		setTable(this.host, "admission", {});
	}
}

/** Address of the router in the IPv6 Internet. */
export const publicIpv6 = "2001:db8::10";
/** Of a client there that has a name. */
export const ipv6Client = "2001:db8:77::77";

/**
 * The Internet, a router with mail edge, two workers with two addresses each, and pods behind them.
 *
 * Public addresses are 203.0.113.0/24, that of the router `.1`; nodes are in 10.0.20.0/24.
 */
export class MailNetwork {
	readonly network = new Network();
	readonly client: Host;
	readonly edge: Host;
	readonly workers: readonly [Worker, Worker];
	#pods = 0;
	#clients = 78;
	#ipv6Clients = 0x77;

	constructor() {
		this.client = this.network.addHost("cli", "203.0.113.77/24");
		// What a firewall would refuse: the tests try it.
		for (const network of ["10.0.20.0/24", "10.10.0.0/24"])
			ip("-n", this.client.namespace, "route", "add", network, "via", "203.0.113.1");
		this.edge = this.network.addHost("fw", "203.0.113.1/24");
		ip("-n", this.edge.namespace, "address", "add", "10.0.20.1/24", "dev", "eth0");
		ip("-n", this.edge.namespace, "route", "add", "198.51.100.0/24", "dev", "eth0");
		this.edge.run("sysctl", ["-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.send_redirects=0"]);
		this.workers = [
			new Worker(this.network.addHost("n1", "10.0.20.101/24"), ["10.0.20.101", "10.0.20.103"]),
			new Worker(this.network.addHost("n2", "10.0.20.102/24"), ["10.0.20.102", "10.0.20.104"]),
		];
	}

	/** One more address of the Internet: limits are counted by address. */
	newClient(): string {
		const number = this.#clients++;
		const address = number < 255 ? `203.0.113.${number}` : `198.51.100.${number - 254}`;
		ip("-n", this.client.namespace, "address", "add", `${address}/24`, "dev", "eth0");
		return address;
	}

	/** Brings IPv6 to the Internet and the router, and nowhere else: nodes and pods have none. */
	enableIpv6(): void {
		this.#addIpv6(this.edge, publicIpv6);
		this.#addIpv6(this.client, ipv6Client);
	}

	/** One more client with an address of IPv6. */
	newIpv6Client(): string {
		const address = `2001:db8:77::${(++this.#ipv6Clients).toString(16)}`;
		this.#addIpv6(this.client, address);
		return address;
	}

	#addIpv6(host: Host, address: string): void {
		ip("-n", host.namespace, "address", "add", `${address}/32`, "dev", "eth0", "nodad");
	}

	/** Takes an address of a worker off the network, as if its node were gone. */
	removeAddress(address: string): void {
		const worker = this.workers.find(({ addresses }) => addresses.includes(address));
		worker?.host.run("ip", ["address", "del", `${address}/24`, "dev", "eth0"]);
		this.edge.run("ip", ["neighbour", "flush", "dev", "eth0"]);
	}

	/** Sends what arrives at the public address to the edge's inner one. */
	redirect(ports: readonly number[]): void {
		setTable(this.edge, "redirects", {
			prerouting: [
				"type nat hook prerouting priority dstnat",
				`ip daddr 203.0.113.1 tcp dport { ${ports.join(", ")} } dnat to 10.0.20.1`,
			],
		});
	}

	/** Attaches a pod to a worker; the other one reaches it through that. */
	addPod(worker: Worker, address: string): Host {
		const name = `pod${++this.#pods}`;
		const namespace = `${this.network.name}${name}`;
		const port = `cali${this.#pods}`;
		const node = worker.host.namespace;
		ip("netns", "add", namespace);
		ip("-n", namespace, "link", "set", "lo", "up");
		ip("-n", node, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace);
		ip("-n", node, "link", "set", port, "up");
		const folder = join(this.network.folder, name);
		mkdirSync(folder);
		const pod = new Host({ name, namespace, address: `${address}/32`, folder });
		worker.host.run("sysctl", [
			"-qw",
			`net.ipv4.conf.${port}.proxy_arp=1`,
			`net.ipv4.neigh.${port}.proxy_delay=0`,
		]);
		ip("-n", node, "route", "add", address, "dev", port);
		ip("-n", namespace, "route", "add", podGateway, "dev", "eth0");
		ip("-n", namespace, "route", "add", "default", "via", podGateway);
		for (const other of this.workers)
			if (other !== worker)
				ip("-n", other.host.namespace, "route", "replace", address, "via", worker.addresses[0] ?? "");
		ip("-n", this.edge.namespace, "route", "replace", address, "via", worker.addresses[0] ?? "");
		return pod;
	}

	[Symbol.dispose](): void {
		this.network[Symbol.dispose]();
	}
}
