import { connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";

/** Passes connections on to another address; an end that closes or fails closes the other. */
export function relay(to: NetConnectOpts): Server {
	return createServer({ allowHalfOpen: true }, (near: Socket) => {
		const far = connect({ ...to, allowHalfOpen: true });
		near.pipe(far).pipe(near);
		near.on("error", () => far.destroy());
		far.on("error", () => near.destroy());
	});
}
