import { describe, expect, test } from "vitest";
import { minutes } from "../../../config/schema/duration.ts";
import type { Backend, HaproxyConfig } from "../../../constructs/haproxy/model.ts";
import { renderHaproxyCfg } from "../../../constructs/haproxy/render-haproxy-cfg.ts";
import { configOf, pace, resolvers, section } from "./haproxy-config.ts";

describe("server lines", () => {
	test("a server behind the PROXY protocol is checked on the port of its own", () => {
		const config = configOf({
			name: "mail",
			servers: [
				{
					name: "node1",
					address: { ip: "192.0.2.1" },
					port: 30125,
					proxyProtocol: "v2",
					check: { ...pace, port: 30025 },
				},
			],
		});
		expect(section(config, "backend mail")).toContain(
			"server node1 192.0.2.1:30125 send-proxy-v2 check port 30025 inter 1s fall 2 rise 1",
		);
	});

	test("a host name follows its resolvers and does not hinder the start", () => {
		const config = configOf({
			name: "data",
			servers: [{ name: "a", address: { host: "a.example.org", resolvers }, port: 6379, check: pace }],
		});
		expect(section(config, "backend data")).toContain(
			"server a a.example.org:6379 check inter 1s fall 2 rise 1 resolvers dns resolve-prefer ipv4 init-addr none",
		);
	});

	test("every outcome of a query has its own hold", () => {
		const config = configOf({
			name: "data",
			servers: [{ name: "a", address: { host: "a.example.org", resolvers }, port: 6379 }],
		});
		expect(section(config, "resolvers dns")).toEqual([
			"nameserver one 192.0.2.53:53",
			"resolve_retries 3",
			"timeout resolve 1s",
			"timeout retry 500ms",
			"hold valid 1s",
			"hold obsolete 0ms",
			"hold nx 30s",
			"hold timeout 1h",
			"hold refused 1m",
			"hold other 90s",
		]);
	});
});

describe("an edge", () => {
	const servers = [{ name: "a", address: { ip: "192.0.2.1" }, port: 25 }];
	const config = configOf({ name: "mail", idle: minutes(15), servers });

	test("each frontend and backend may bear a silence of its own", () => {
		const idle = {
			...config,
			frontends: config.frontends.map((frontend) => ({ ...frontend, idle: minutes(1) })),
		};
		expect(section(idle, "frontend f0")).toContain("timeout client 1m");
		expect(section(idle, "backend mail")).toContain("timeout server 15m");
	});

	test("a connection that one server refuses goes to another at once", () => {
		expect(section({ ...config, redispatches: 2 }, "defaults").slice(-2)).toEqual([
			"retries 2",
			"option redispatch 1",
		]);
	});

	test("the admin socket hands the listeners to the next process", () => {
		expect(section({ ...config, adminSocket: "/run/edge socket" }, "global")).toContain(
			"stats socket /run/edge\\ socket level admin expose-fd listeners",
		);
	});
});

describe("check scripts", () => {
	test("what the parser would interpret is escaped, and a mismatch is final at the shortest answer", () => {
		const config = configOf({
			name: "data",
			servers: [],
			checkScript: [{ send: 'say "a#b" \\ c\r\n' }, { expect: { pattern: "^ok|done$" }, minLength: 4 }],
		});
		expect(section(config, "backend data")).toEqual([
			"balance roundrobin",
			"option tcp-check",
			"tcp-check connect",
			'tcp-check send say\\ \\"a\\#b\\"\\ \\\\\\ c\\r\\n',
			"tcp-check expect min-recv 4 rstring ^ok|done$",
		]);
	});
});

describe("routes", () => {
	const votes: Backend = { name: "votes", servers: [] };
	const data: Backend = { name: "data", servers: [] };

	test("a route holds while all of its conditions hold", () => {
		const config: HaproxyConfig = {
			...configOf(),
			frontends: [
				{
					name: "in",
					port: 6379,
					routes: [
						{
							backend: data,
							when: [
								{ backend: votes, serversUp: 2 },
								{ backend: data, serversUp: 1 },
							],
						},
					],
				},
			],
		};
		expect(section(config, "frontend in")).toEqual([
			"bind *:6379",
			"maxconn 10",
			"use_backend data if { nbsrv(votes) ge 2 } { nbsrv(data) ge 1 }",
		]);
	});

	test("a condition may bound the servers from above", () => {
		const when = [{ backend: votes, serversUpAtMost: 1 }];
		const config: HaproxyConfig = {
			...configOf(),
			frontends: [{ name: "in", port: 6379, routes: [{ backend: data, when }] }],
		};
		expect(section(config, "frontend in")).toContain("use_backend data if { nbsrv(votes) le 1 }");
	});

	test("readiness fails unless one of its conjunctions holds", () => {
		const config: HaproxyConfig = {
			...configOf(),
			status: {
				name: "status",
				port: 8404,
				livePath: "/live",
				ready: {
					path: "/ready",
					anyOf: [[{ backend: votes, serversUp: 2 }], [{ backend: data, serversUp: 1 }]],
				},
				metricsPath: "/metrics",
			},
		};
		expect(section(config, "frontend status").filter((line) => line.includes("/ready"))).toEqual([
			"http-request return status 200 if { path /ready } { nbsrv(votes) ge 2 }",
			"http-request return status 200 if { path /ready } { nbsrv(data) ge 1 }",
			"http-request return status 503 if { path /ready }",
		]);
	});

	test("a backend that two routes share is written once", () => {
		const text = renderHaproxyCfg(configOf(data, data));
		expect(text.match(/^backend data$/gm)).toHaveLength(1);
	});
});

test("the process takes what its frontends may take together, so that none can use another's up", () => {
	const backend = (name: string): Backend => ({ name, servers: [] });
	const { frontends, ...rest } = configOf(backend("a"), backend("b"), backend("c"));
	const status = {
		name: "status",
		port: 8404,
		livePath: "/live",
		ready: { path: "/ready", anyOf: [] },
		metricsPath: "/metrics",
	};
	const caps = (config: HaproxyConfig) => {
		const found = [...renderHaproxyCfg(config).matchAll(/^ {4}maxconn (\d+)$/gm)].map(([, cap]) =>
			Number(cap),
		);
		return { process: found[0], frontends: found.slice(1) };
	};
	for (const config of [
		{ ...rest, frontends },
		{ ...rest, frontends, status },
		{ ...rest, frontends: frontends.slice(1), status, maxConnections: 1 },
	]) {
		const { process, frontends } = caps(config);
		expect(frontends).toHaveLength(config.frontends.length + ("status" in config ? 1 : 0));
		expect(process).toBe(frontends.reduce((sum, cap) => sum + cap, 0));
	}
});
