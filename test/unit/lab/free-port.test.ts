import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort, freePortPair } from "../../../lab/free-port.ts";

test("a free port is given once, can be listened on, and is none of outgoing connections", async () => {
	const ports = await Promise.all(Array.from({ length: 100 }, freePort));
	expect(new Set(ports).size).toBe(100);
	const ephemeral = Number(readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split("\t")[0]);
	expect(ports.filter((port) => port >= ephemeral)).toEqual([]);
	for (const port of ports) {
		const server = createServer().listen(port, "127.0.0.1");
		await once(server, "listening");
		server.close();
	}
});

test("a free port is held against other processes, until whoever asked listens", async () => {
	const socket = createSocket("udp4");
	socket.bind(await freePort(), "127.255.255.254");
	expect(await once(socket, "error")).toMatchObject([{ code: "EADDRINUSE" }]);
	socket.close();
});

test("the port after the first of a pair is held as well", async () => {
	const port = await freePortPair();
	for (const held of [port, port + 1]) {
		const socket = createSocket("udp4");
		socket.bind(held, "127.255.255.254");
		expect(await once(socket, "error")).toMatchObject([{ code: "EADDRINUSE" }]);
		socket.close();
	}
});
