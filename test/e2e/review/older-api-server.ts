import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ControlPlane } from "../harness/control-plane.ts";

/** A server before aggregated discovery: the real one, of which nobody asks for it. */
export async function olderServer(plane: ControlPlane, answer: (path: string) => number | undefined) {
	const server = createServer(async ({ url = "" }, response) => {
		const status = answer(url);
		const real = await plane.ask("GET", url, undefined, undefined, { accept: "application/json" });
		response.writeHead(status ?? real.status, { "content-type": "application/json" });
		response.end(JSON.stringify(real.body));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return { server, cluster: { server: `http://127.0.0.1:${port}` } };
}
