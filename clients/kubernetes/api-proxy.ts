import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { interruption } from "../../terminal/interruption.ts";
import { kubectlOptions } from "./kubectl.ts";

/** Milliseconds for the start of the proxy, and for each answer. */
const longest = 10_000;

/** An answer of the API server, whatever its status. */
export interface ApiAnswer {
	readonly status: number;
	readonly text: string;
}

/** Reads a path of the API. @param accept media types, the best first */
export type ReadApi = (path: string, accept: string) => Promise<ApiAnswer>;

/**
 * Reads paths of the API with headers that `kubectl get --raw` cannot send, by whatever login the kubeconfig of the site
 * names: kubectl itself passes the requests on. Its socket lies in a folder of this user, and it takes nothing but the
 * paths that are read.
 *
 * @param paths regular expression of the paths
 * @throws VisibleError when kubectl does not start, or there is no answer in time
 */
export async function throughProxy<T>(
	site: Pick<Site, "cluster">,
	paths: string,
	task: (read: ReadApi) => Promise<T>,
): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), "infra-api-"));
	chmodSync(folder, 0o700);
	const socket = join(folder, "socket");
	const child = spawn(
		"kubectl",
		[
			"proxy",
			`--unix-socket=${socket}`,
			`--accept-paths=${paths}`,
			"--reject-methods=^(POST|PUT|PATCH|DELETE)$",
			...kubectlOptions(site),
		],
		{ stdio: ["ignore", "pipe", "pipe"] },
	);
	const end = () => void child.kill();
	process.once("exit", end);
	try {
		await started(child);
		return await task((path, accept) => ask({ socket, path, accept }));
	} finally {
		process.off("exit", end);
		end();
		rmSync(folder, { recursive: true, force: true });
	}
}

/** It says where it serves as soon as it does. */
function started(child: ReturnType<typeof spawn>): Promise<void> {
	const signal = AbortSignal.any([interruption, AbortSignal.timeout(longest)]);
	return new Promise((resolve, reject) => {
		let said = "";
		child.stderr?.setEncoding("utf8").on("data", (words: string) => {
			said += words;
		});
		child.stdout?.once("data", () => resolve());
		child.once("error", (error) => reject(new VisibleError(`kubectl cannot be started: ${error.message}`)));
		child.once("close", (code) =>
			reject(new VisibleError(`kubectl proxy: ${said.trim().split("\n").at(-1) || `ended with ${code}`}`)),
		);
		signal.addEventListener("abort", () => reject(new VisibleError("kubectl proxy does not serve")));
	});
}

async function ask({
	socket,
	path,
	accept,
}: {
	readonly socket: string;
	readonly path: string;
	readonly accept: string;
}): Promise<ApiAnswer> {
	const signal = AbortSignal.any([interruption, AbortSignal.timeout(longest)]);
	const sent = request({ socketPath: socket, path, signal, headers: { host: "localhost", accept } }).end();
	try {
		const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
			sent.on("response", resolve).on("error", reject);
		});
		return { status: response.statusCode ?? 0, text: await text(response) };
	} catch (error) {
		throw new VisibleError(`the API server does not answer: ${(error as Error).message}`);
	}
}
