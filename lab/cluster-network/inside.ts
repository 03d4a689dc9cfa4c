/**
 * Runs inside the network: answers for every pod and Service that the API server knows, leads to the API server, and
 * opens its doors to the outside, whose other ends are sockets in the working folder. Ends with its standard input.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { BlockList } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { askApi } from "../kubernetes-api.ts";
import { answer } from "./answer.ts";
import { addressOf, type Directory, directoryOf } from "./directory.ts";
import { type NetworkSettings, sockets } from "./network.ts";
import { relay } from "./relay.ts";

const settings = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as NetworkSettings;
const { access, doors } = settings;
const here = new BlockList();
for (const network of settings.networks) {
	const [address = "", length] = network.split("/");
	here.addSubnet(address, Number(length));
}
let directory: Directory = new Map();
/** Servers by port: each listens on all addresses, and tells by them whose request it is. */
const servers = new Map<number, Server>();

async function list(path: string) {
	const { status, body } = await askApi(access, "GET", path);
	if (status !== 200) throw new Error(`${path}: ${status}`);
	return JSON.parse(body).items;
}

async function look(): Promise<void> {
	const [services, slices, pods] = await Promise.all(
		["/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/pods"].map(list),
	);
	directory = directoryOf({ services, slices, pods });
	for (const place of directory.keys()) {
		const [address = "", port] = place.split(":");
		// What is elsewhere, such as on a node, answers for itself.
		if (here.check(address)) listen(Number(port));
	}
}

function listen(port: number): void {
	if (servers.has(port)) return;
	const server = createServer((request, response) => {
		const answerer = directory.get(addressOf(request.socket.localAddress ?? "", port));
		// Nobody: as on an address that no pod has.
		if (answerer === undefined) request.socket.destroy();
		else answer(answerer, request, response);
	});
	// A port that another program of the network has is that one's.
	server.on("error", (error) => process.stderr.write(`${port}: ${error.message}\n`));
	servers.set(port, server.listen(port, "0.0.0.0"));
}

relay({ path: sockets.api }).listen(Number(new URL(access.host).port), "127.0.0.1");
for (const [name, { inside, from = "127.0.0.1" }] of Object.entries(doors))
	relay({ host: "127.0.0.1", port: inside, localAddress: from }).listen(sockets.door(name));
process.stdin.on("end", () => process.exit()).resume();
process.stdout.write("open\n");
for (;;) {
	await look().catch((error: Error) => process.stderr.write(`${error.message}\n`));
	await sleep(300);
}
