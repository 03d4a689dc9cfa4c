import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { edgeHash, mailEdge } from "../../../constructs/mail/edge.ts";

const site = await loadSite("home");
const { haproxy, nat, passes } = mailEdge(site);
const smtp = haproxy.frontends[0];

test("a header goes to the listener that demands one, a check to the one that knows none", () => {
	expect(smtp?.routes[0]?.backend.servers[0]).toEqual({
		name: "k8s-node1",
		address: { ip: "10.0.20.101" },
		port: 30125,
		proxyProtocol: "v2",
		check: { interval: 5000, fall: 3, rise: 2, port: 30135 },
	});
});

test("every worker serves, and no control plane", () => {
	expect(smtp?.routes[0]?.backend.servers.map(({ name }) => name)).toEqual([
		"k8s-node1",
		"k8s-node2",
		"k8s-node3",
		"k8s-node4",
	]);
});

test("readers may be silent for longer than senders, on both sides of the edge", () => {
	expect(haproxy.frontends.map(({ port, idle, routes }) => [port, idle, routes[0]?.backend.idle])).toEqual([
		[25, 900_000, 900_000],
		[465, 900_000, 900_000],
		[587, 900_000, 900_000],
		[993, 3_600_000, 3_600_000],
	]);
});

test("every public port is forwarded to the edge under its own number, and back to its former target", () => {
	expect(nat).toEqual(
		[25, 465, 587, 993].map((port) => ({
			interface: "wan",
			port,
			target: "10.0.20.1",
			formerTarget: "mailserver",
		})),
	);
});

test("with an IPv6 address the edge listens there, too, at every port, and the packet filter lets it in; without, nowhere", () => {
	const { mail, network } = site;
	const { ipv6Interface: _, ...edge } = mail.edge;
	const plain = mailEdge({
		...site,
		network: { ...network, public: { ipv4: "203.0.113.10" } },
		mail: { ...mail, edge },
	});
	expect(haproxy.frontends.map(({ ips }) => ips)).toEqual(Array(4).fill(["10.0.20.1", "2001:db8::10"]));
	expect(plain.haproxy.frontends.map(({ ips }) => ips)).toEqual(Array(4).fill(["10.0.20.1"]));
	expect(passes).toEqual(
		[25, 465, 587, 993].map((port) => ({ interface: "opt1", port, target: "2001:db8::10" })),
	);
	expect(plain.passes).toEqual([]);
});

test("the hash changes with the edge and with nothing else", () => {
	const { mail } = site;
	expect(edgeHash({ ...site, mail: { ...mail, messageSizeLimit: 1 } })).toBe(edgeHash(site));
	expect(edgeHash({ ...site, mail: { ...mail, edge: { ...mail.edge, maxConnections: 1 } } })).not.toBe(
		edgeHash(site),
	);
});
