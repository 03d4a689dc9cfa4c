import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { type MailEdge, mailEdge } from "../../../constructs/mail/edge.ts";
import { internet } from "../../../lab/node/nodes.ts";
import { Haproxy } from "../harness/haproxy.ts";
import type { Host } from "../harness/host.ts";
import { ip } from "../harness/ip.ts";
import { Network } from "../harness/network.ts";
import { Conversation } from "../mail/conversation.ts";
import { Dialer } from "../mail/dialer.ts";
import { setTable } from "../mail/nft-table.ts";
import type { NodesLab } from "./nodes-lab.ts";

/** Public address of the router. */
const publicAddress = "203.0.113.1";

/** Name and address of the client. */
export const client = { name: "client.example.net", address: internet["client.example.net"] };

/** The Internet with a client, and a router with the mail edge in front of the nodes of a lab. */
export class MailOutside {
	readonly site: Site;
	readonly #network = new Network();
	readonly #edge: Host;
	readonly #dialer: Dialer;

	private constructor(site: Site, { nat }: MailEdge, pid: string) {
		this.site = site;
		const host = this.#network.addHost("cli", `${client.address}/24`);
		this.#edge = this.#network.addHost("fw", `${publicAddress}/24`);
		this.#dialer = new Dialer(host);
		const [inner = ""] = nat.map(({ target }) => target);
		const { namespace } = this.#edge;
		ip("-n", namespace, "address", "add", `${inner}/32`, "dev", "lo");
		setTable(this.#edge, "redirects", {
			prerouting: [
				"type nat hook prerouting priority dstnat",
				`ip daddr ${publicAddress} tcp dport { ${nat.map(({ port }) => port).join(", ")} } dnat to ${inner}`,
			],
		});
		// A cable to the network of the nodes, which ends with the router.
		ip("-n", namespace, "link", "add", "nodes0", "type", "veth", "peer", "name", "edge0", "netns", pid);
		ip("-n", namespace, "address", "add", "10.77.1.1/30", "dev", "nodes0");
		ip("-n", namespace, "link", "set", "nodes0", "up");
		ip("-n", namespace, "route", "add", "10.77.0.0/24", "via", "10.77.1.2");
		const inNodes = (...args: readonly string[]) =>
			execFileSync("nsenter", ["--target", pid, "--net", "ip", ...args]);
		inNodes("address", "add", "10.77.1.2/30", "dev", "edge0");
		inNodes("link", "set", "edge0", "up");
	}

	/** Starts the edge as rendered for the site of a lab, but for its nodes, which are those that run containers. */
	static async start(lab: NodesLab): Promise<MailOutside> {
		const site = await loadSite(lab.lab.site);
		const [known] = Object.values(site.network.hosts);
		if (known === undefined) throw new Error("a site without hosts");
		const { items } = (await lab.ask("GET", "/api/v1/nodes?labelSelector=lab/real")).body;
		const nodes: [string, string][] = items.map(
			({ metadata, status }: { metadata: { name: string }; status: { addresses: Address[] } }) => [
				metadata.name,
				status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "",
			],
		);
		const hosts = Object.fromEntries(nodes.map(([name, address]) => [name, { ...known, address }]));
		const edge = mailEdge({
			...site,
			network: { ...site.network, hosts: { ...site.network.hosts, ...hosts } },
			cluster: {
				...site.cluster,
				nodes: Object.fromEntries(nodes.map(([name]) => [name, { host: name, controlPlane: false }])),
			},
		});
		const outside = new MailOutside(
			site,
			edge,
			readFileSync(join(lab.folder, "nodes/network/network.pid"), "utf8"),
		);
		const { folder } = outside.#edge;
		const text = renderHaproxyCfg(edge.haproxy);
		const { adminSocket = "" } = edge.haproxy;
		await Haproxy.start(outside.#edge, text.replaceAll(adminSocket, join(folder, "admin.sock")));
		return outside;
	}

	/** A dialogue of the client with a public port. */
	async call(port: number): Promise<Conversation> {
		return new Conversation(await this.#dialer.dial({ host: publicAddress, port }));
	}

	[Symbol.dispose](): void {
		this.#dialer[Symbol.dispose]();
		this.#network[Symbol.dispose]();
	}
}

interface Address {
	readonly type: string;
	readonly address: string;
}
