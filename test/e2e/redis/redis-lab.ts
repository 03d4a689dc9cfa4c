import { setTimeout as sleep } from "node:timers/promises";
import { defined } from "../../../config/schema/defined.ts";
import { Client } from "../harness/client.ts";
import type { Login, Target } from "../harness/client-program.ts";
import { DnsServer } from "../harness/dns-server.ts";
import { Haproxy } from "../harness/haproxy.ts";
import type { Host } from "../harness/host.ts";
import { Network } from "../harness/network.ts";
import { factsOf, type Reply } from "../harness/resp.ts";
import { waitFor } from "../harness/wait-for.ts";
import { WriteReport } from "../harness/write-report.ts";
import { LabNode, type StartNode, type StopNode } from "./lab-node.ts";

const domain = "redis-headless.redis.svc.cluster.local";
/** The cluster's DNS in every site that these tests synthesise, and in the reference. */
const dnsAddress = "10.96.0.10";
const proxyAddress = "10.96.2.1";

export interface RedisLabProps {
	readonly nodes: number;
	readonly startNode: StartNode;
	/** What runs before a node's processes are asked to end. @default nothing */
	readonly stopNode?: StopNode;
	/** Text of `haproxy.cfg`. */
	readonly proxy: string;
	/** Milliseconds between the starts of two nodes. @default 0 */
	readonly stagger?: number;
	/** By which the tests speak to the nodes. @default nobody logs in */
	readonly login?: Login;
	/** Who writes through the proxy. @default nobody logs in */
	readonly writer?: Login;
	/** Backends of the proxy that carry writes; one server per node. @default one named like the node */
	readonly dataBackend?: string;
}

/** A whole installation on a network of its own: DNS, data nodes with their Sentinels, proxy, and a client. */
export class RedisLab {
	readonly network = new Network();
	readonly nodes: LabNode[] = [];
	readonly client: Client;
	/** Where and as whom the tests write. */
	readonly proxyTarget: Target;
	readonly login: Login | undefined;
	readonly #dataBackend: string | undefined;
	#dns: DnsServer | undefined;
	#proxy: Haproxy | undefined;

	private constructor({ nodes, startNode, stopNode, dataBackend, login, writer }: RedisLabProps) {
		this.login = login;
		this.proxyTarget = { host: proxyAddress, port: 6379, ...defined({ login: writer }) };
		this.#dataBackend = dataBackend;
		this.network.addHost("dns", `${dnsAddress}/16`);
		this.network.addHost("proxy", `${proxyAddress}/16`);
		for (let ordinal = 0; ordinal < nodes; ordinal++) {
			const name = `redis-node-${ordinal}`;
			const host = this.network.addHost(name, `10.96.1.${ordinal + 1}/16`);
			this.nodes.push(
				new LabNode({ ordinal, name: `${name}.${domain}`, host, startNode, stopNode, lab: this }),
			);
		}
		this.client = new Client(this.network.addHost("client", "10.96.3.1/16"));
		for (const host of this.network.hosts)
			host.setFiles({
				"resolv.conf": `nameserver ${dnsAddress}\noptions ndots:2 timeout:1 attempts:1\n`,
				hosts: `127.0.0.1 localhost\n${dnsAddress} kube-dns.kube-system.svc.cluster.local\n`,
			});
	}

	/** Starts everything and waits until the proxy has a master and every Sentinel knows its peers. */
	static async start(props: RedisLabProps): Promise<RedisLab> {
		const lab = new RedisLab(props);
		try {
			await lab.#start(props);
			return lab;
		} catch (error) {
			lab[Symbol.dispose]();
			throw error;
		}
	}

	async #start({ proxy, stagger = 0 }: RedisLabProps): Promise<void> {
		const proxyHost = this.#host("proxy");
		await this.restartDns();
		this.#proxy = await Haproxy.start(proxyHost, proxy);
		for (const node of this.nodes) {
			if (node !== this.nodes[0]) await sleep(stagger);
			node.start();
		}
		await waitFor("the set converges", () => this.#hasConverged(), { within: 120_000, every: 200 });
	}

	/** Starts a DNS server that knows where the nodes are. */
	async restartDns(): Promise<void> {
		this.#dns = await DnsServer.start(this.#host("dns"), { zone: "cluster.local" });
		this.publish();
	}

	#host(name: string): Host {
		const host = this.network.hosts.find((candidate) => candidate.name === name);
		if (host === undefined) throw new Error(`the network has no host ${name}`);
		return host;
	}

	get dns(): DnsServer {
		if (this.#dns === undefined) throw new Error("the lab has not started");
		return this.#dns;
	}

	get proxy(): Haproxy {
		if (this.#proxy === undefined) throw new Error("the lab has not started");
		return this.#proxy;
	}

	node(ordinal: number): LabNode {
		const node = this.nodes[ordinal];
		if (node === undefined) throw new Error(`the lab has no node ${ordinal}`);
		return node;
	}

	/** Tells DNS where the nodes are, except those that are absent. */
	publish({ absent = [] }: { readonly absent?: readonly LabNode[] } = {}): void {
		const present = this.nodes.filter((node) => !absent.includes(node));
		this.dns.publish(Object.fromEntries(present.map(({ name, host }) => [name, host.address])));
	}

	/** Nodes that say they are a master, whoever agrees. */
	async masters(): Promise<LabNode[]> {
		const roles = await Promise.all(this.nodes.map((node) => node.role()));
		return this.nodes.filter((_, index) => roles[index] === "master");
	}

	/** The one master, once there is exactly one. */
	async soleMaster(within = 30_000): Promise<LabNode> {
		return await waitFor(
			"there is one master",
			async () => {
				const masters = await this.masters();
				return masters.length === 1 && masters[0];
			},
			{ within, every: 200 },
		);
	}

	/** State of the server line that carries writes to a node. */
	async routeTo(node: LabNode): Promise<{ readonly status: string; readonly check: string }> {
		const name = `redis-node-${node.ordinal}`;
		const backend = this.#dataBackend ?? name;
		const servers = await this.proxy.servers();
		const state = servers.find((row) => row.backend === backend && row.server === name);
		if (state === undefined) throw new Error(`the proxy has no server ${backend}/${name}`);
		return state;
	}

	/** Where the proxy speaks about itself. */
	statusUrl(path: string): string {
		return `http://${this.proxyTarget.host}:8404${path}`;
	}

	/** Address that the proxy uses for a node. */
	async addressOf(node: LabNode): Promise<string | undefined> {
		const name = `redis-node-${node.ordinal}`;
		return (await this.proxy.addresses(this.#dataBackend ?? name))[name];
	}

	/**
	 * Writes through the proxy all the time while something happens, and then asks the final master what is left.
	 *
	 * @param options `wait`: asks of each write whether a replica has it
	 */
	async whileWriting(
		event: () => Promise<void>,
		options: { readonly wait?: boolean } = {},
	): Promise<WriteReport> {
		await this.client.startWriting(this.proxyTarget, options);
		// A second of calm first, so that a report without any failure before the event means something.
		await sleep(1000);
		await event();
		const attempts = await this.client.stopWriting();
		const survivors = await (await this.soleMaster()).command("KEYS", "probe:*");
		return new WriteReport(attempts, survivors as string[]);
	}

	async #hasConverged(): Promise<boolean> {
		const { length } = this.nodes;
		for (const node of this.nodes) {
			const watched = await node.watched();
			const counts = [watched["num-other-sentinels"], watched["num-slaves"]];
			if (counts.some((count) => Number(count) !== length - 1)) return false;
		}
		// A Sentinel asks for the priority of a replica every ten seconds; one of 0 cannot be elected.
		const replicas = (await this.node(0).sentinel("SENTINEL", "replicas", "mymaster")) as Reply[];
		if (replicas.some((replica) => factsOf(replica)["slave-priority"] === "0")) return false;
		const links = await Promise.all(this.nodes.map((node) => node.replication()));
		if (links.filter(({ master_link_status }) => master_link_status === "up").length !== length - 1)
			return false;
		await this.client.command(this.proxyTarget, ["SET", "converged", "yes"]);
		return true;
	}

	[Symbol.dispose](): void {
		this.client[Symbol.dispose]();
		this.network[Symbol.dispose]();
	}
}
