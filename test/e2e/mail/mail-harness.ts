import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSite } from "../../../config/load-site.ts";
import { mailDomains } from "../../../config/schema/mail-domains.ts";
import type { Site } from "../../../config/schema/site.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { type MailEdge, mailEdge } from "../../../constructs/mail/edge.ts";
import type { ImageRoot } from "../../../lab/image-root.ts";
import { type DeployedContainer, DeployedStack } from "../harness/deployed-stack.ts";
import { Haproxy } from "../harness/haproxy.ts";
import type { Host } from "../harness/host.ts";
import { Conversation } from "./conversation.ts";
import { Dialer } from "./dialer.ts";
import type { Destination } from "./dialer-program.ts";
import {
	type Admission,
	ipv6Client,
	MailNetwork,
	type NodePort,
	publicIpv6,
	type Worker,
} from "./mail-network.ts";
import { MailPod, type MailPodProps } from "./mail-pod.ts";
import { Relay, type RelayProps } from "./relay.ts";

/** Nobody has the private half of the key that the reference world publishes. */
const signer = generateKeyPairSync("rsa", {
	modulusLength: 2048,
	publicKeyEncoding: { type: "spki", format: "pem" },
	privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const home = await loadSite("home");

/**
 * The reference world under another domain: its nodes are those of the harness, and so is what a pod sees of node-port
 * traffic.
 *
 * @param further domains beside it, and whether the catch-all gets what nobody else does
 */
export function worldOf(domain: string, further: Readonly<Record<string, boolean>> = {}): Site {
	const { mail, ...world }: Site = JSON.parse(JSON.stringify(home).replaceAll(home.network.domain, domain));
	const dkim = { [mail.dkimSelector]: { publicKey: signer.publicKey } };
	const domains = Object.fromEntries(
		Object.entries(further).map(([name, catchAll]) => [
			name,
			{
				catchAll,
				zoneId: "0".repeat(32),
				dkimSelector: mail.dkimSelector,
				key: mail.secrets.dkim,
				dns: { ...mail.dns, dkim, mtaSts: undefined },
			},
		]),
	);
	const { ipv6Interface: _, ...edge } = mail.edge;
	return {
		...world,
		network: { ...world.network, public: { ipv4: "203.0.113.1" } },
		mail: { ...mail, edge, domains, dns: { ...mail.dns, dkim } },
	};
}

/** The same with an IPv6 address of the router. */
export function withIpv6({ network, mail, ...world }: Site): Site {
	return {
		...world,
		network: { ...network, public: { ipv4: "203.0.113.1", ipv6: publicIpv6 } },
		mail: { ...mail, edge: { ...mail.edge, ipv6Interface: "opt1" } },
	};
}

/** A listener by which users set their filters, which no site has unasked. */
export const sieve: Site["mail"]["listeners"][string] = {
	protocol: "sieve",
	publicPort: 4190,
	stockPort: 4190,
	proxyPort: 14190,
	nodePort: 30129,
	checkNodePort: 30139,
	tls: "required",
};

export const domain = home.network.domain;
/** The reference world. */
export const site = worldOf(domain);
export const [me, spam, info] = ["me", "spam", "info"].map((name) => `${name}@${domain}`) as [
	string,
	string,
	string,
];
export const password = "dummy-password";
/** Of the relay's account. */
export const relayLogin = "login:dummy-key";
/** What a pod on the network needs, whatever else a test has it filter or stand behind. */
export const podCommands = [
	"postconf",
	"dovecot",
	"/usr/lib/dovecot/lmtp",
	"/usr/lib/dovecot/managesieve",
	"nft",
	"postsrsd",
	"ip",
	"python3",
	"root",
];

/** The mail path from the Internet to the mailbox, on a network of its own. */
export class MailHarness {
	readonly net = new MailNetwork();
	readonly deployed: DeployedStack;
	readonly container: DeployedContainer;
	readonly internet: Dialer;
	/** A pod of another namespace, on the second worker. */
	readonly neighbour: Dialer;
	readonly neighbourAddress = "10.10.0.50";
	readonly #site: Site;
	readonly #root: ImageRoot | undefined;
	readonly #edge: MailEdge;
	readonly #neighbour: Host;
	/** What ends with the harness. */
	readonly #parts: Disposable[] = [];
	#pods = 0;

	/** @param root of the image that pods run on; without it they are stand-ins */
	constructor(world: Site = site, root?: ImageRoot) {
		this.#site = world;
		this.#root = root;
		this.deployed = new DeployedStack(world, "mailserver");
		this.container = this.deployed.container("deployment", "mailserver", "mailserver");
		this.#edge = mailEdge(world);
		this.net.redirect(this.#edge.nat.map(({ port }) => port));
		this.internet = this.dialer(this.net.client);
		this.#neighbour = this.net.addPod(this.net.workers[1], this.neighbourAddress);
		this.neighbour = this.dialer(this.#neighbour);
	}

	/** Of connections from a host; ends with the harness. */
	dialer(host: Host): Dialer {
		const dialer = new Dialer(host);
		this.#parts.push(dialer);
		return dialer;
	}

	/** Starts a pod on a worker, and forwards the node ports of both workers to it once it is ready. */
	async startPod(worker: Worker = this.net.workers[0], props: Partial<MailPodProps> = {}): Promise<MailPod> {
		const pod = this.beginPod(worker, props);
		await pod.ready(this.#root !== undefined || props.filter === "rspamd" ? 300_000 : 90_000);
		for (const node of this.net.workers) node.publish(pod.host.address, this.nodePorts);
		return pod;
	}

	/** Starts a pod on a worker, whether it becomes ready or not. */
	beginPod(worker: Worker, props: Partial<MailPodProps>): MailPod {
		const volume = join(this.net.network.folder, "volume");
		mkdirSync(volume, { recursive: true });
		const host = this.net.addPod(worker, `10.10.0.${10 + this.#pods++}`);
		if (this.#root !== undefined) this.#startResolver(host);
		return new MailPod({
			host,
			stack: this.deployed,
			root: this.#root,
			secrets: this.#secrets(),
			volume,
			relay: { name: this.#site.mail.relay.host, address: this.neighbourAddress },
			...props,
		});
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

	/** Addresses with a mailbox. */
	get accounts(): readonly string[] {
		return this.#site.mail.accounts;
	}

	/** A dialogue of the neighbour with a port of a pod. */
	async inside(pod: MailPod, port: number): Promise<Conversation> {
		return await this.talk(this.neighbour, { host: pod.host.address, port });
	}

	/**
	 * The relay that mail leaves through, on the neighbour's host; it ends with the harness.
	 *
	 * @param name that its certificate carries, which the pod knows
	 */
	async startRelay(
		name = this.#site.mail.relay.host,
		manners: Pick<RelayProps, "size" | "refuses"> = {},
	): Promise<Relay> {
		const { port, tls } = this.#site.mail.relay;
		const relay = await Relay.start(this.#neighbour, { port, tls, ...this.#certificate(name), ...manners });
		this.#parts.push(relay);
		return relay;
	}

	/** Another HAProxy beside the edge, for negative controls. */
	startSecondEdge(configuration: string): Promise<Haproxy> {
		return Haproxy.start(this.net.edge, configuration, "second");
	}

	/** A dialogue of a new client of the Internet with a public port: limits count clients by their address. */
	async visit(port: number): Promise<Conversation> {
		return await this.call(port, { from: this.net.newClient() });
	}

	/** The same over IPv6. */
	async visitByIpv6(port: number): Promise<Conversation> {
		return await this.call(port, { from: this.net.newIpv6Client(), host: publicIpv6 });
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

	/**
	 * A resolver on a pod's loopback. It knows a name of every address of the Internet, because the image refuses clients
	 * without one; the stranger's domain; and the records that the site publishes.
	 */
	#startResolver(host: Host): void {
		const records = this.deployed.records().flatMap(({ name, type, content, priority }) => {
			if (type === "TXT")
				return [`--txt-record=${name},${(content.match(/(?<=")[^" ][^"]*(?=")/g) ?? [content]).join(",")}`];
			return type === "MX" ? [`--mx-host=${name},${content},${priority}`] : [];
		});
		host.start("dnsmasq", "dnsmasq", [
			"--keep-in-foreground",
			"--conf-file=/dev/null",
			"--pid-file=",
			"--user=root",
			"--no-hosts",
			"--no-resolv",
			"--listen-address=127.0.0.1",
			"--bind-interfaces",
			// Nothing beyond these names exists.
			"--local=/#/",
			...["203.0.113", "198.51.100"].map(
				(net, index) => `--synth-domain=example.net,${net}.1,${net}.254,mx${index + 1}-*`,
			),
			// The relay sends from there, too.
			...["example.net", ...this.#site.mail.dns.spf.include].map(
				(name) =>
					`--txt-record=${name},v=spf1 ip4:203.0.113.0/24 ip4:198.51.100.0/24 ip6:2001:db8:77::/48 -all`,
			),
			`--host-record=example.net,client.example.net,203.0.113.77,${ipv6Client}`,
			"--mx-host=example.net,example.net,10",
			`--host-record=${this.#site.mail.relay.host},${this.neighbourAddress}`,
			...records,
		]);
	}

	/** Paths of a key and its own certificate for a name. */
	#certificate(name: string): { readonly key: string; readonly certificate: string } {
		const key = join(this.net.network.folder, `${name}.key`);
		const certificate = join(this.net.network.folder, `${name}.crt`);
		if (!existsSync(certificate))
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
		return { key, certificate };
	}

	/** Path of the certificate that the server shows. */
	get authority(): string {
		return this.#certificate(`${this.#site.mail.host}.${this.#site.network.domain}`).certificate;
	}

	/** Certificates that the pod trusts: those that the relay may have. */
	get #authorities(): string {
		const { host } = this.#site.mail.relay;
		return [host, "relay.example.net"]
			.map((name) => readFileSync(this.#certificate(name).certificate, "utf8"))
			.join("");
	}

	/** The Secrets that Vault would give. */
	#secrets(): Record<string, string> {
		const { mail, network } = this.#site;
		const { key, certificate } = this.#certificate(`${mail.host}.${network.domain}`);
		return {
			"/tmp/ssl/tls.crt": readFileSync(certificate, "utf8"),
			"/tmp/ssl/tls.key": readFileSync(key, "utf8"),
			"/etc/mail-secrets/accounts": mail.accounts.map((address) => `${address}\t${password}\n`).join(""),
			"/etc/mail-secrets/relay": `[${mail.relay.host}]:${mail.relay.port} ${relayLogin}\n`,
			"/etc/mail-secrets/foreign-aliases": `abroad@${network.domain} somebody@example.org\n`,
			...Object.fromEntries(
				mailDomains(this.#site).map(({ name }) => [`/etc/mail-secrets/dkim-${name}`, signer.privateKey]),
			),
			"/etc/ssl/certs/ca-certificates.crt": this.#authorities,
		};
	}

	[Symbol.dispose](): void {
		for (const part of this.#parts) part[Symbol.dispose]();
		this.net[Symbol.dispose]();
	}
}
