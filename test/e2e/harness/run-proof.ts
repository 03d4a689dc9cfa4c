import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Container } from "./container.ts";
import type { DeployedContainer } from "./deployed-stack.ts";
import { ended } from "./ended.ts";

export interface Proof {
	readonly code: number;
	/** Both streams. */
	readonly output: string;
	/** What Prometheus was told, by name with its labels. */
	readonly metrics: Readonly<Record<string, number>>;
}

export interface ProofRun {
	/** Folder that stands in for the volume with the copies. */
	readonly backups: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Status that the Pushgateway answers. @default 200 */
	readonly status?: number;
}

/** Runs the command of a CronJob that shows that copies come back, once. */
export async function runProof(
	deployed: DeployedContainer,
	{ backups, env = {}, status = 200 }: ProofRun,
): Promise<Proof> {
	const root = mkdtempSync(join(tmpdir(), "infra-proof-"));
	const pushes: string[] = [];
	const gateway = createServer(async (request, response) => {
		pushes.push(await text(request));
		response.writeHead(status).end();
	}).listen(0, "127.0.0.1");
	await once(gateway, "listening");
	const address = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
	const container = new Container({
		deployed,
		root,
		volumes: { "/backup": backups },
		env: { HOME: root, PUSHGATEWAY: address, ...env },
	});
	const [program = "", ...args] = container.command;
	const child = spawn(program, args, { env: container.env, stdio: ["ignore", "pipe", "pipe"] });
	const { code, output, errors } = await ended(child);
	gateway.close();
	rmSync(root, { recursive: true });
	const lines = (status === 200 ? pushes.join("") : "").trim().split("\n").filter(Boolean);
	return {
		code,
		output: output + errors,
		metrics: Object.fromEntries(
			lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
		),
	};
}
