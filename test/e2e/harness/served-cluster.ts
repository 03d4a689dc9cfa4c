import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect } from "node:tls";
import type { Site } from "../../../config/schema/site.ts";
import type { PodAnswer } from "../../../lab/cluster-network/answer.ts";
import { ClusterNetwork } from "../../../lab/cluster-network/network.ts";
import type { LabProgram } from "../../../lab/control-plane.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { coreDnsReady, prepareCoreDns } from "../../../lab/products/coredns.ts";
import { prepareTraefik, traefikPorts } from "../../../lab/products/traefik.ts";
import type { ControlPlane } from "./control-plane.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

/** Programs that serve a cluster here. */
export const servingPrograms = ["traefik", "coredns", "go", "unshare", "nsenter"];

/** Ports of loopback, by what is behind them. */
type Ports = Readonly<Record<"websecure" | "local" | "web" | "dns" | "api", number>>;

/** A client of the Internet, and one of the site's own networks (RFC 5737). */
const clients = { internet: "203.0.113.7", site: "192.0.2.200" } as const;

const soon = { within: 60_000, every: 100 };

/** What a client of a host was answered. */
export interface WebAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly body: string;
	/** Which pod answered, and what reached it; absent when none did. */
	readonly pod?: PodAnswer;
}

/** A control plane with simulated pods behind the real CoreDNS and the real Traefik. */
export class ServedCluster {
	readonly network: ClusterNetwork;
	readonly #plane: ControlPlane;
	readonly #folder: string;
	readonly #site: Site;
	readonly #ports: Ports;
	readonly #daemons = new Map<string, Daemon>();

	private constructor(plane: ControlPlane, folder: string, site: Site, ports: Ports) {
		this.#plane = plane;
		this.#folder = folder;
		this.#site = site;
		this.#ports = ports;
		const { network, cluster } = site;
		this.network = new ClusterNetwork(join(folder, "network"), cluster.dns.address, {
			access: plane.access,
			networks: [network.pods, network.services, ...Object.values(clients).map((one) => `${one}/32`)],
			doors: {
				websecure: {
					outside: ports.websecure,
					inside: traefikPorts.websecure,
					from: clients.internet,
				},
				local: { outside: ports.local, inside: traefikPorts.websecure, from: clients.site },
				web: { outside: ports.web, inside: traefikPorts.web },
				dns: { outside: ports.dns, inside: coreDnsReady },
				api: { outside: ports.api, inside: traefikPorts.api },
			},
		});
	}

	/** Opens the network; {@link startDns} and {@link startTraefik} serve in it. @param folder empty */
	static async open(plane: ControlPlane, folder: string, site: Site): Promise<ServedCluster> {
		const ports = {
			websecure: await freePort(),
			local: await freePort(),
			web: await freePort(),
			dns: await freePort(),
			api: await freePort(),
		};
		mkdirSync(folder, { recursive: true });
		const cluster = new ServedCluster(plane, folder, site, ports);
		cluster.#run(cluster.network.program);
		await cluster.#ready("cluster-network", async () => cluster.network.isOpen);
		return cluster;
	}

	/** @param outside names of the Internet with their addresses */
	async startDns(outside: Readonly<Record<string, string>> = {}): Promise<void> {
		const { address } = this.#site.cluster.dns;
		const { domain } = this.#site.cluster;
		const props = { folder: this.#folder, access: this.#plane.access, address, domain, outside };
		this.#run(await prepareCoreDns(props, this.network));
		await this.#ready(
			"coredns",
			async () => (await this.#status(`http://127.0.0.1:${this.#ports.dns}/ready`)) === 200,
		);
	}

	async startTraefik(): Promise<void> {
		const props = { folder: this.#folder, access: this.#plane.access, site: this.#site };
		this.#run(await prepareTraefik(props, this.network));
		await this.#ready(
			"traefik",
			async () => (await this.#status(`http://127.0.0.1:${this.#ports.api}/ping`)) === 200,
		);
	}

	/** Port of loopback on which hosts are served. */
	get port(): number {
		return this.#ports.websecure;
	}

	/** The same for clients of the site's own networks. */
	get localPort(): number {
		return this.#ports.local;
	}

	/** Port of loopback on which HTTP is answered. */
	get plainPort(): number {
		return this.#ports.web;
	}

	/** What a program has said. */
	log(name: "traefik" | "coredns" | "cluster-network"): string {
		return this.#daemons.get(name)?.log ?? "";
	}

	/** Number of the process of a program. */
	pid(name: "traefik" | "coredns" | "cluster-network"): number {
		return this.#daemons.get(name)?.pid ?? 0;
	}

	async stop(name: "traefik" | "coredns" | "cluster-network"): Promise<void> {
		await this.#daemons.get(name)?.stop();
	}

	async close(): Promise<void> {
		for (const name of ["traefik", "coredns", "cluster-network"] as const) await this.stop(name);
	}

	/** A request of a browser. @param headers such as cookies; `host` replaces that of the URL */
	async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<WebAnswer> {
		const { hostname, pathname, search } = new URL(url);
		return this.ask(hostname, `${pathname}${search}`, headers);
	}

	/** A request with a path as it is, which a URL would put in order. */
	async ask(
		host: string,
		path: string,
		headers: Readonly<Record<string, string>> = {},
		{ port = this.port, within = 5000 }: { readonly port?: number; readonly within?: number } = {},
	): Promise<WebAnswer> {
		const answer = await new Promise<Omit<WebAnswer, "pod">>((resolve, reject) => {
			const sent = request(
				{
					host: "127.0.0.1",
					port,
					path,
					servername: host,
					rejectUnauthorized: false,
					timeout: within,
					headers: { host, ...headers },
					agent: false,
				},
				(response) => {
					const { statusCode: status = 0, headers } = response;
					text(response).then((body) => resolve({ status, headers, body }), reject);
				},
			);
			sent.on("timeout", () => sent.destroy(new Error(`${host}${path}: no answer in ${within} ms`)));
			sent.on("error", reject).end();
		});
		const json = answer.headers["content-type"] === "application/json" && answer.body.startsWith("{");
		return { ...answer, ...(json ? { pod: JSON.parse(answer.body) as PodAnswer } : {}) };
	}

	/** Waits until a host is answered with a status: routes come before their middlewares. */
	async whenAnswers(
		url: string,
		status: number,
		headers: Readonly<Record<string, string>> = {},
	): Promise<WebAnswer> {
		let last: WebAnswer | undefined;
		await waitFor(
			`${url} answers ${status}`,
			async () => {
				last = await this.get(url, headers);
				return last.status === status;
			},
			soon,
		).catch((error: Error) => {
			throw new Error(
				`${error.message}: last ${last?.status} ${last?.body}\n${this.log("traefik").slice(-2000)}`,
			);
		});
		if (last === undefined) throw new Error(url);
		return last;
	}

	/** Subject of the certificate that a host is served with. */
	async certificate(host: string): Promise<string> {
		const socket = connect({
			host: "127.0.0.1",
			port: this.port,
			servername: host,
			rejectUnauthorized: false,
		});
		await once(socket, "secureConnect");
		const { subject } = socket.getPeerCertificate();
		socket.destroy();
		return `CN=${subject.CN}`;
	}

	/** Runs a command as in a pod, whose resolver is the cluster's. */
	command(...args: readonly string[]): readonly [string, readonly string[]] {
		const [program = "", ...rest] = [...this.network.inside, ...args];
		return [program, rest];
	}

	async #status(url: string): Promise<number> {
		return fetch(url, { signal: AbortSignal.timeout(1000) }).then(
			({ status }) => status,
			() => 0,
		);
	}

	#run({ names, prefix = [], file, args }: LabProgram): void {
		const [name = ""] = names;
		const [command = "", ...rest] = [...prefix, file ?? findProgram(...names) ?? name, ...args];
		this.#daemons.set(name, new Daemon(command, rest, { logFile: join(this.#folder, `${name}.log`) }));
	}

	async #ready(name: string, question: () => Promise<boolean>): Promise<void> {
		const daemon = this.#daemons.get(name);
		await waitFor(
			`${name} is ready`,
			async () => {
				if (daemon?.running === false) throw new Error(`${name} has ended: ${daemon.log}`);
				return question();
			},
			soon,
		);
	}
}
