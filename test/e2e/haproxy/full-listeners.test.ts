import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { minutes } from "../../../config/schema/duration.ts";
import type { HaproxyConfig, StatusFrontend } from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { mailEdge } from "../../../constructs/mail/edge.ts";
import { redisProxyConfig } from "../../../constructs/redis/proxy-config.ts";
import { redisTopology } from "../../../constructs/redis/topology.ts";
import { Client } from "../harness/client.ts";
import { Haproxy } from "../harness/haproxy.ts";
import { needs } from "../harness/needs.ts";
import { Network } from "../harness/network.ts";
import { summary } from "../harness/scenario.ts";
import { since } from "../harness/wait-for.ts";

needs("root", "ip", "haproxy");

const address = "192.0.2.1";
const sites = await Promise.all(["home", "lab"].map((name) => loadSite(name)));

/** HAProxy with clients on some of its listeners, and a host for further ones. */
class Crowd {
	readonly network = new Network();
	readonly client: Client;
	readonly #config: HaproxyConfig;

	private constructor(config: HaproxyConfig) {
		this.#config = config;
		this.client = new Client(this.network.addHost("client", "192.0.2.9/24"));
	}

	/** @param clients number of connections by port */
	static async at(config: HaproxyConfig, clients: Readonly<Record<number, number>>): Promise<Crowd> {
		const crowd = new Crowd(config);
		try {
			const host = crowd.network.addHost("proxy", `${address}/24`);
			await Haproxy.start(host, renderHaproxyCfg(config));
			for (const [port, connections] of Object.entries(clients))
				expect(await crowd.client.hold({ host: address, port: Number(port) }, connections)).toBe(connections);
			await sleep(500);
			return crowd;
		} catch (error) {
			crowd[Symbol.dispose]();
			throw error;
		}
	}

	/** Statuses of three requests for each path, and how long the slowest took. */
	async ask({ livePath, ready, metricsPath }: StatusFrontend) {
		let slowest = 0;
		const statuses: Record<string, number[]> = {};
		for (const path of [livePath, ready.path, metricsPath]) {
			const answers: number[] = [];
			for (let time = 0; time < 3; time++) {
				const start = Date.now();
				const url = `http://${address}:${this.#config.status?.port}${path}`;
				answers.push((await this.client.get(url, 3000)).status);
				slowest = Math.max(slowest, since(start));
			}
			statuses[path] = answers;
		}
		return { statuses, slowest };
	}

	[Symbol.dispose](): void {
		this.client[Symbol.dispose]();
		this.network[Symbol.dispose]();
	}
}

/** A proxy whose clients stay connected although no server is there: it has one that never answers. */
function patient(config: HaproxyConfig): HaproxyConfig {
	const servers = [{ name: "silent", address: { ip: "192.0.2.77" }, port: 1 }];
	return {
		...config,
		timeouts: { ...config.timeouts, connect: minutes(1) },
		frontends: config.frontends.map((frontend) => ({
			...frontend,
			routes: [{ backend: { name: `silent_${frontend.name}`, servers }, when: [] }],
		})),
	};
}

describe.for(sites)("the proxy of Redis, site $name", (site) => {
	const config = patient(redisProxyConfig(redisTopology(site), site.cluster.dns));
	const { maxConnections } = config;
	const [first = 0, second = 0] = config.frontends.map(({ port }) => port);

	test.for<[string, Record<number, number>]>([
		["one listener one short of full", { [first]: maxConnections - 1 }],
		["one listener full", { [first]: maxConnections }],
		["one listener with more clients than it takes", { [first]: maxConnections + 6 }],
		["every listener with more clients than it takes", { [first]: maxConnections + 6, [second]: 400 }],
	])("answers its probes at once with %s", async ([name, clients]) => {
		if (config.status === undefined) throw new Error("no status frontend");
		using crowd = await Crowd.at(config, clients);
		const { statuses, slowest } = await crowd.ask(config.status);
		summary(`${site.name}: ${name}`, `slowest answer ${slowest} ms`);
		expect(statuses).toEqual({
			"/live": [200, 200, 200],
			"/ready": [503, 503, 503],
			"/metrics": [200, 200, 200],
		});
		expect(slowest).toBeLessThan(1000);
	});
});

describe.for(sites)("the mail edge, site $name", (site) => {
	test("a listener that is full leaves the others theirs", async () => {
		const config = patient(mailEdge(site).haproxy);
		const { maxConnections } = config;
		const frontends = config.frontends.map((frontend) => ({ ...frontend, ips: [address] }));
		const [full, ...others] = frontends.map(({ port }) => port);
		const { adminSocket: _, ...listening } = { ...config, frontends };
		// Somebody of the same process who can be asked, as the statistics of pfSense's package are.
		const status: StatusFrontend = {
			name: "watch",
			port: 8404,
			livePath: "/live",
			ready: { path: "/ready", anyOf: [] },
			metricsPath: "/metrics",
		};
		using crowd = await Crowd.at(
			{ ...listening, status },
			{ [full ?? 0]: maxConnections + 6, ...Object.fromEntries(others.map((port) => [port, 3])) },
		);
		const { body } = await crowd.client.get(`http://${address}:8404/metrics`, 3000);
		const sessions = Object.fromEntries(
			[...body.matchAll(/^haproxy_frontend_current_sessions\{proxy="(\S+)"\} (\d+)$/gm)].map(
				([, name, count]) => [name, Number(count)],
			),
		);
		const [first, ...rest] = frontends.map(({ name }) => sessions[name]);
		expect(first).toBe(maxConnections);
		expect(rest).toEqual(others.map(() => 3));
	});
});
