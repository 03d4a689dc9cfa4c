import { expect, test } from "vitest";
import { hours, milliseconds, minutes, seconds } from "../../../config/schema/duration.ts";
import type { Backend, HaproxyConfig, TcpFrontend } from "../../../constructs/haproxy/model.ts";
import { pfsenseEdge } from "../../../constructs/pfsense/edge-objects.ts";

const pace = { interval: seconds(5), fall: 3, rise: 2 };
const pool: Backend = {
	name: "edge_nodes",
	idle: minutes(15),
	servers: [
		{
			name: "one",
			address: { ip: "192.0.2.11" },
			port: 30125,
			proxyProtocol: "v2",
			check: { ...pace, port: 30135 },
		},
	],
};

function objectsOf(frontend: Partial<TcpFrontend> = {}, backend: Partial<Backend> = {}) {
	const config: HaproxyConfig = {
		maxConnections: 10,
		hardStopAfter: hours(1),
		redispatches: 3,
		timeouts: { connect: seconds(2), idle: minutes(1), check: seconds(2) },
		frontends: [
			{
				name: "edge_smtp",
				ips: ["192.0.2.1", "2001:db8::10"],
				port: 25,
				idle: minutes(15),
				routes: [{ backend: { ...pool, ...backend }, when: [] }],
				...frontend,
			},
		],
	};
	return pfsenseEdge({ haproxy: config, nat: [], passes: [] }, "edge_", "note");
}

test("a frontend names its addresses in the only way that the package takes for one", () => {
	expect(objectsOf().frontends).toEqual([
		{
			name: "edge_smtp",
			desc: "note",
			status: "active",
			type: "tcp",
			a_extaddr: {
				item: ["192.0.2.1", "2001:db8::10"].map((address) => ({
					extaddr: "custom",
					extaddr_custom: address,
					extaddr_port: "25",
				})),
			},
			backend_serverpool: "edge_nodes",
			client_timeout: "900000",
			max_connections: "10",
		},
	]);
});

test("a pool says everything for which the package has defaults of its own", () => {
	const [{ advanced_backend, ...fields } = {}] = objectsOf().pools;
	expect(fields).toEqual({
		name: "edge_nodes",
		balance: "roundrobin",
		check_type: "Basic",
		checkinter: "5000",
		connection_timeout: "2000",
		server_timeout: "900000",
		retries: "3",
		ha_servers: {
			item: [
				{
					name: "one",
					address: "192.0.2.11",
					port: "30125",
					status: "active",
					advanced: "send-proxy-v2 port 30135 fall 3 rise 2",
				},
			],
		},
	});
	expect(Buffer.from(String(advanced_backend), "base64").toString()).toBe(
		"timeout check 2s\noption redispatch 1",
	);
});

const unchecked = { name: "one", address: { ip: "192.0.2.11" }, port: 1 };

test.each<[string, string, Partial<TcpFrontend>, Partial<Backend>]>([
	["a frontend without a route", "an edge forwards each port to one pool", { routes: [] }, {}],
	[
		"a route with conditions",
		"an edge forwards each port to one pool",
		{ routes: [{ backend: pool, when: [{ backend: pool, serversUp: 1 }] }] },
		{},
	],
	["a dialogue as a check", "an edge checks connections only", {}, { checkScript: [{ send: "QUIT" }] }],
	["a pool without checks", "an edge checks its servers", {}, { servers: [unchecked] }],
	[
		"checks of two paces in a pool",
		"all servers of a pool share the pace of their checks",
		{},
		{
			servers: [
				...pool.servers,
				{ ...unchecked, name: "two", check: { ...pace, interval: milliseconds(1) } },
			],
		},
	],
	["an address that HAProxy refuses", '"edge", which is no IP address', { ips: ["192.0.2.1", "edge"] }, {}],
	["a frontend without an address", "edge_smtp listens on no address", { ips: [] }, {}],
])("%s cannot become objects of the package", (_, message, frontend, backend) => {
	expect(() => objectsOf(frontend, backend)).toThrow(message);
});

test("an edge never listens everywhere", () => {
	const everywhere = {
		name: "edge_smtp",
		port: 25,
		routes: [{ backend: pool, when: [] }],
	};
	const haproxy = {
		maxConnections: 1,
		hardStopAfter: seconds(1),
		timeouts: { connect: seconds(1), idle: seconds(1), check: seconds(1) },
	};
	expect(() =>
		pfsenseEdge({ haproxy: { ...haproxy, frontends: [everywhere] }, nat: [], passes: [] }, "edge_", ""),
	).toThrow("frontend edge_smtp: an edge never listens on every address");
});
