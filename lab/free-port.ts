import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** Address of loopback that no program of a lab uses. */
const elsewhere = "127.255.255.254";

/**
 * A free TCP port of loopback, for a program that is started with it.
 *
 * It lies below the range that the kernel gives to outgoing connections, which would take it before the program does;
 * and it is this process's as long as it lives, so that another one that asks gets another.
 *
 * @throws when a hundred ports in a row are taken
 */
export async function freePort(): Promise<number> {
	const end = firstEphemeral();
	for (let tried = 0; tried < 100; tried++) {
		const port = randomInt(10_000, end);
		if ((await isFree(port)) && (await reserve(port))) return port;
	}
	throw new Error(`no free port of loopback between 10000 and ${end}`);
}

/** The same for a program that takes the next port as well. @returns the first of the two */
export async function freePortPair(): Promise<number> {
	for (;;) {
		const port = await freePort();
		if ((await isFree(port + 1)) && (await reserve(port + 1))) return port;
	}
}

/** First port that the kernel gives to outgoing connections (ip(7), `ip_local_port_range`). */
function firstEphemeral(): number {
	try {
		const [first = ""] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s/);
		return Math.max(Number(first), 11_000);
	} catch {
		// Other kernels keep to the range of RFC 6335.
		return 49_152;
	}
}

async function isFree(port: number): Promise<boolean> {
	const server = createServer().listen(port, "127.0.0.1");
	try {
		await once(server, "listening");
		return true;
	} catch {
		return false;
	} finally {
		server.close();
	}
}

/** Holds a datagram socket of the same number at an address beside: the kernel frees it with the process. */
async function reserve(port: number): Promise<boolean> {
	const socket = createSocket("udp4").unref();
	try {
		socket.bind({ port, address: elsewhere, exclusive: true });
		await once(socket, "listening");
		return true;
	} catch (error) {
		socket.close();
		// Where loopback is a single address, nothing can be held beside it.
		return (error as NodeJS.ErrnoException).code === "EADDRNOTAVAIL";
	}
}
