import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSite } from "../../../config/load-site.ts";
import type { Site } from "../../../config/schema/site.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { type MailEdge, mailEdge } from "../../../constructs/mail/edge.ts";
import { type DeployedContainer, DeployedStack } from "../rig/deployed-stack.ts";
import { Haproxy } from "../rig/haproxy.ts";
import type { Host } from "../rig/host.ts";
import { Conversation } from "./conversation.ts";
import { Dialer } from "./dialer.ts";
import type { Destination } from "./dialer-program.ts";
import { type Admission, MailNetwork, type NodePort, type Worker } from "./mail-network.ts";
import { MailPod, type MailPodProps } from "./mail-pod.ts";

/** Nobody has the private half of the key that the reference world publishes. */
const signer = generateKeyPairSync("rsa", {
	modulusLength: 2048,
	publicKeyEncoding: { type: "spki", format: "pem" },
	privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const home = await loadSite("home");

/** The reference world: its nodes are those of the rig, and so is what a pod sees of node-port traffic. */
export const site: Site = {
	...home,
	mail: {
		...home.mail,
		dns: { ...home.mail.dns, dkim: { [home.mail.dkimSelector]: { publicKey: signer.publicKey } } },
	},
};
export const domain = site.network.domain;
export const [me, spam, info] = ["me", "spam", "info"].map((name) => `${name}@${domain}`) as [
	string,
	string,
	string,
];
export const password = "dummy-password";
/** What a pod on the network needs, whatever else a test has it filter or stand behind. */
export const podCommands = ["postconf", "dovecot", "/usr/lib/dovecot/lmtp", "nft", "postsrsd", "ip", "root"];

/** The mail path from the Internet to the mailbox, on a network of its own. */
export class MailRig {
	readonly net = new MailNetwork();
	readonly deployed: DeployedStack;
	readonly container: DeployedContainer;
	readonly internet: Dialer;
	/** A pod of somebody else, on the second worker. */
	readonly neighbour: Dialer;
	readonly neighbourAddress = "10.10.0.50";
	readonly #edge: MailEdge;
	readonly #dialers: Dialer[] = [];
	#pods = 0;

	constructor(world: Site = site) {
		this.deployed = new DeployedStack(world, "mailserver");
		this.container = this.deployed.container("deployment", "mailserver", "mailserver");
		this.#edge = mailEdge(world);
		this.net.redirect(this.#edge.nat.map(({ port }) => port));
		this.internet = this.dialer(this.net.client);
		this.neighbour = this.dialer(this.net.addPod(this.net.workers[1], this.neighbourAddress));
	}

	/** Of connections from a host; ends with the rig. */
	dialer(host: Host): Dialer {
		const dialer = new Dialer(host);
		this.#dialers.push(dialer);
		return dialer;
	}

	/** Starts a pod on a worker and leads the node ports of both workers to it once it is ready. */
	async startPod(worker: Worker = this.net.workers[0], props: Partial<MailPodProps> = {}): Promise<MailPod> {
		const address = `10.10.0.${10 + this.#pods++}`;
		const volume = join(this.net.network.folder, "volume");
		mkdirSync(volume, { recursive: true });
		const pod = new MailPod({
			host: this.net.addPod(worker, address),
			deployed: this.container,
			secrets: this.#secrets(),
			volume,
			...props,
		});
		await pod.ready();
		for (const node of this.net.workers) node.publish(address, this.nodePorts);
		return pod;
	}

	/** Ports of every node as the Service of the edge declares them. */
	get nodePorts(): readonly NodePort[] {
		const { spec } = this.deployed.object("kubernetes_service_v1", "mailserver-proxy");
		return spec.port.map((port: { node_port: number; target_port: string }) => ({
			nodePort: port.node_port,
			port: this.container.ports[port.target_port],
		}));
	}

	/** What the policy admits from outside of the cluster. */
	get admissions(): readonly Admission[] {
		const { spec } = this.deployed.object("kubernetes_network_policy_v1", "mailserver");
		type Rule = { from: { ip_block?: { cidr: string } }[]; ports: { port: string }[] };
		return spec.ingress
			.map(({ from, ports }: Rule) => ({
				networks: from.flatMap(({ ip_block }) => (ip_block ? [ip_block.cidr] : [])),
				ports: ports.map(({ port }) => Number(port)),
			}))
			.filter(({ networks }: Admission) => networks.length > 0);
	}

	/** The edge as rendered, but for the place of its socket. */
	async startEdge(configuration = renderHaproxyCfg(this.#edge.haproxy)): Promise<Haproxy> {
		const socket = join(this.net.edge.folder, "admin.sock");
		const { adminSocket } = this.#edge.haproxy;
		return await Haproxy.start(
			this.net.edge,
			adminSocket === undefined ? configuration : configuration.replaceAll(adminSocket, socket),
		);
	}

	/** A dialogue of the neighbour with a port of a pod. */
	async inside(pod: MailPod, port: number): Promise<Conversation> {
		return await this.talk(this.neighbour, { host: pod.host.address, port });
	}

	/** Another HAProxy beside the edge, for negative controls. */
	startSecondEdge(configuration: string): Promise<Haproxy> {
		return Haproxy.start(this.net.edge, configuration, "second");
	}

	/** A dialogue of a new client of the Internet with a public port: limits count clients by their address. */
	async visit(port: number): Promise<Conversation> {
		return await this.call(port, { from: this.net.newClient() });
	}

	/** A dialogue with a public port, seen from the Internet. */
	async call(
		port: number,
		{ from, host = "203.0.113.1" }: { from?: string; host?: string } = {},
	): Promise<Conversation> {
		return await this.talk(this.internet, { host, port, ...(from ? { localAddress: from } : {}) });
	}

	async talk(dialer: Dialer, destination: Destination): Promise<Conversation> {
		return new Conversation(await dialer.dial(destination));
	}

	/** A certificate and the Secrets that Vault would give. */
	#secrets(): Record<string, string> {
		const key = join(this.net.network.folder, "tls.key");
		const certificate = join(this.net.network.folder, "tls.crt");
		const name = `mail.${domain}`;
		execFileSync(
			"openssl",
			["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`].concat([
				"-addext",
				`subjectAltName=DNS:${name}`,
				"-keyout",
				key,
				"-out",
				certificate,
			]),
			{ stdio: "pipe" },
		);
		return {
			"/tmp/ssl/tls.crt": readFileSync(certificate, "utf8"),
			"/tmp/ssl/tls.key": readFileSync(key, "utf8"),
			"/etc/mail-secrets/accounts": site.mail.accounts.map((address) => `${address}\t${password}\n`).join(""),
			"/etc/mail-secrets/relay": `[${site.mail.relay.host}]:${site.mail.relay.port} dummy:dummy\n`,
			"/etc/mail-secrets/foreign-aliases": `abroad@${domain} somebody@example.org\n`,
			"/etc/mail-secrets/dkim": signer.privateKey,
		};
	}

	[Symbol.dispose](): void {
		for (const dialer of this.#dialers) dialer[Symbol.dispose]();
		this.net[Symbol.dispose]();
	}
}
