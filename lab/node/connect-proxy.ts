import { createServer, type Server } from "node:http";
import { connect } from "node:net";

/**
 * Leads into the network that it runs in: an HTTP proxy that only knows CONNECT (RFC 9110, 9.3.6), as the API server
 * takes one for what goes to nodes, pods and Services.
 */
export function connectProxy(): Server {
	const server = createServer((_request, response) => response.writeHead(405).end());
	server.on("connect", ({ url = "" }, near) => {
		const { hostname, port } = new URL(`http://${url}`);
		const far = connect({ host: hostname, port: Number(port || 80), allowHalfOpen: true });
		far.once("connect", () => {
			near.write("HTTP/1.1 200 Connection established\r\n\r\n");
			near.pipe(far).pipe(near);
		});
		near.on("error", () => far.destroy());
		far.on("error", () => near.destroy());
	});
	return server;
}
