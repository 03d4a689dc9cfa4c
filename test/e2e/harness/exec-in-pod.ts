import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { ApiAccess } from "../../../lab/kubernetes-api.ts";

/** A container of a pod. */
export interface InContainer {
	readonly namespace: string;
	readonly pod: string;
	readonly container: string;
}

/** Runs a command in a container of a pod, through the API server and the kubelet. @returns what it printed */
export async function execInPod(
	api: ApiAccess,
	{ namespace, pod, container }: InContainer,
	...command: readonly string[]
): Promise<string> {
	const query = new URLSearchParams({ container, stdout: "true", stderr: "true" });
	for (const word of command) query.append("command", word);
	const channels = await answerOf(api, `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`);
	const text = (channel: number) => (channels.get(channel) ?? []).map(String).join("");
	const { status, message } = JSON.parse(text(3)) as { status: string; message?: string };
	if (status !== "Success") throw new Error(`${command.join(" ")}: ${message}\n${text(1)}${text(2)}`);
	return text(1);
}

/** Opens a WebSocket (RFC 6455) and collects what arrives until its end, by channel: the first byte of each message. */
function answerOf(api: ApiAccess, path: string): Promise<Map<number, Buffer[]>> {
	return new Promise((resolve, reject) => {
		const sent = request(`${api.host}${path}`, {
			ca: readFileSync(api.caFile),
			timeout: 20_000,
			headers: {
				authorization: `Bearer ${api.token}`,
				connection: "Upgrade",
				upgrade: "websocket",
				"sec-websocket-version": "13",
				"sec-websocket-key": randomBytes(16).toString("base64"),
				"sec-websocket-protocol": "v4.channel.k8s.io",
			},
		});
		sent.on("error", reject);
		sent.on("timeout", () => sent.destroy(new Error(`${path}: no answer`)));
		sent.on("response", (response) => {
			response.resume();
			reject(new Error(`${path}: ${response.statusCode}`));
		});
		sent.on("upgrade", (_response, socket, head) => {
			const parts: Buffer[] = [head];
			socket.on("data", (part: Buffer) => parts.push(part));
			socket.on("error", reject);
			socket.on("close", () => resolve(channelsOf(Buffer.concat(parts))));
			// The close frame ends the conversation; nothing has to be said back.
			socket.on("end", () => socket.end());
		});
		sent.end();
	});
}

function channelsOf(stream: Buffer): Map<number, Buffer[]> {
	const channels = new Map<number, Buffer[]>();
	for (let at = 0; at + 2 <= stream.length; ) {
		const opcode = stream.readUInt8(at) & 0x0f;
		const short = stream.readUInt8(at + 1);
		const [length, header] =
			short === 126
				? [stream.readUInt16BE(at + 2), 4]
				: short === 127
					? [Number(stream.readBigUInt64BE(at + 2)), 10]
					: [short, 2];
		const payload = stream.subarray(at + header, at + header + length);
		at += header + length;
		if (opcode > 2 || payload.length === 0) continue;
		const channel = payload.readUInt8(0);
		channels.set(channel, [...(channels.get(channel) ?? []), payload.subarray(1)]);
	}
	return channels;
}
