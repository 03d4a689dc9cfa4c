/** Runs inside a client's namespace: opens connections and hands them over to its parent; see dialer.ts. */
import { Socket } from "node:net";

export interface Destination {
	readonly host: string;
	readonly port: number;
	/** The client's own address; the first of its interface without one. */
	readonly localAddress?: string;
}

process.on("message", ({ id, destination }: { id: number; destination: Destination }) => {
	const socket = new Socket();
	// Before the server can know of it: what it makes a client wait is never more than what passes from here.
	const at = Date.now();
	// What the server says first is for the parent.
	socket.pause();
	socket.setTimeout(20_000, () => socket.destroy(new Error("ETIMEDOUT")));
	socket.once("error", (error) => process.send?.({ id, error: error.message }));
	socket.once("connect", () => {
		socket.setTimeout(0);
		process.send?.({ id, at }, socket);
	});
	socket.connect(destination);
});
process.on("disconnect", () => process.exit());
