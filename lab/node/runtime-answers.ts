import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";

/**
 * Whether a container runtime answers what a kubelet asks first, and ends without an answer to: its version. It listens a
 * while before it does (Container Runtime Interface, `runtime.v1`, by gRPC over HTTP/2).
 *
 * @param socket path of a Unix socket
 * @throws where nothing listens, or no answer comes within a second
 */
export async function runtimeAnswers(socket: string): Promise<boolean> {
	const session = connectHttp2("http://localhost", { createConnection: () => connect(socket) });
	try {
		return await new Promise((resolve, reject) => {
			session.on("error", reject);
			const question = session.request({
				":method": "POST",
				":path": "/runtime.v1.RuntimeService/Version",
				"content-type": "application/grpc",
				te: "trailers",
			});
			question.on("error", reject);
			question.on("trailers", ({ "grpc-status": status }) => resolve(status === "0"));
			// An answer that is an error alone has no trailers.
			question.on("end", () => resolve(false));
			question.setTimeout(1000, () => reject(new Error(`${socket} does not answer`)));
			question.resume();
			// A message without fields: not compressed, of length 0.
			question.end(Buffer.alloc(5));
		});
	} finally {
		session.destroy();
	}
}
