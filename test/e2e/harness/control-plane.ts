import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { projectRoot } from "../../../config/project-root.ts";
import { ControlPlaneFiles, type LabProgram } from "../../../lab/control-plane.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { freePort } from "../../../lab/free-port.ts";
import type { ApiAccess } from "../../../lab/kubernetes-api.ts";
import { Daemon } from "./daemon.ts";
import { waitFor } from "./wait-for.ts";

/** Programs that a control plane consists of here. */
export const controlPlanePrograms = ["etcd", "kube-apiserver", "kube-controller-manager"];

/** Those of one with simulated pods. */
export const simulatedPrograms = [...controlPlanePrograms, "kube-scheduler", "kwok"];

export interface Answer {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: objects of the API are read by name
	readonly body: any;
}

const startup = { within: 60_000, every: 100 };

/**
 * A real API server on loopback with its store and controllers: it admits, authorises and remembers, and runs nothing.
 */
export class ControlPlane {
	readonly #folder: string;
	readonly #files: ControlPlaneFiles;
	readonly #daemons: Daemon[] = [];
	#controllers: Daemon | undefined;

	private constructor(folder: string, files: ControlPlaneFiles) {
		this.#folder = folder;
		this.#files = files;
	}

	/**
	 * @param folder empty, and removed by whoever made it
	 * @param flags more of the API server, by name
	 * @param pods network of simulated pods in CIDR notation, which are ready at once on one node. @default none: pods
	 * stay pending
	 */
	static async start(
		folder: string,
		flags: Readonly<Record<string, string>> = {},
		pods?: string,
	): Promise<ControlPlane> {
		const files = new ControlPlaneFiles(folder, {
			etcd: await freePort(),
			etcdPeer: await freePort(),
			api: await freePort(),
			controllers: await freePort(),
			scheduler: await freePort(),
			kwok: await freePort(),
		});
		const plane = new ControlPlane(folder, files);
		try {
			await plane.#start(flags);
			if (pods !== undefined) await plane.#simulate(pods);
		} catch (error) {
			await plane.stop();
			throw error;
		}
		return plane;
	}

	get host(): string {
		return this.#files.host;
	}

	/** Kubeconfig of an administrator. */
	get kubeconfig(): string {
		return this.#files.kubeconfig;
	}

	/** The API server and its administrator. */
	get access(): ApiAccess {
		return { host: this.host, token: this.#files.token, caFile: this.#files.caFile };
	}

	/** PEM certificate that the API server is trusted by: it signs for itself. */
	get ca(): string {
		return readFileSync(this.#files.caFile, "utf8");
	}

	/** Requests the API as an administrator who impersonates another user. */
	askAs(user: string, method: string, path: string, body?: object): Promise<Answer> {
		return this.ask(method, path, body, this.#files.token, { "impersonate-user": user });
	}

	/** Asks the API. @param token of a service account; the administrator's without one */
	async ask(
		method: string,
		path: string,
		body?: object,
		token = this.#files.token,
		headers: Readonly<Record<string, string>> = {},
	): Promise<Answer> {
		const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
			const sent = request(
				`${this.host}${path}`,
				{
					method,
					ca: this.ca,
					timeout: 10_000,
					headers: {
						authorization: `Bearer ${token}`,
						"content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
						...headers,
					},
				},
				(response) =>
					text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject),
			);
			sent.on("error", reject);
			sent.end(body && JSON.stringify(body));
		});
		// A watch answers with a line for each event.
		const object = /^\{.*\}\n?$/.test(answer.body);
		return { status: answer.status, body: object ? JSON.parse(answer.body) : answer.body };
	}

	/** Controllers neither see nor do anything while a task runs. */
	async withoutControllers<T>(task: () => Promise<T>): Promise<T> {
		this.#controllers?.signal("SIGSTOP");
		try {
			return await task();
		} finally {
			this.#controllers?.signal("SIGCONT");
		}
	}

	async stop(): Promise<void> {
		await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
	}

	async #start(flags: Readonly<Record<string, string>>): Promise<void> {
		const etcd = this.#run(this.#files.etcd);
		const { names, args } = this.#files.apiServer;
		const more = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
		const server = this.#run({ names, args: [...args, ...more] });
		const ready = waitFor(
			"the API server is ready",
			async () => (await this.ask("GET", "/readyz")).status === 200,
			startup,
		);
		await Promise.race([ready, ended(etcd), ended(server)]);
		this.#controllers = this.#run(this.#files.controllers);
		await waitFor(
			"controllers work",
			async () =>
				(await this.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200,
			startup,
		);
	}

	async #simulate(pods: string): Promise<void> {
		const stages = join(projectRoot, "lab/files/stages.yaml");
		this.#run(this.#files.scheduler);
		this.#run(this.#files.kwok(stages, pods));
		const name = "node-a";
		const room = { cpu: "16", memory: "64Gi", "ephemeral-storage": "200Gi", pods: "110" };
		const status = { allocatable: room, capacity: room };
		await this.ask("POST", "/api/v1/nodes", { metadata: { name }, status });
		await waitFor(
			"the node is ready",
			async () =>
				(await this.ask("GET", `/api/v1/nodes/${name}`)).body.status.conditions?.some(
					({ type, status }: { type: string; status: string }) => type === "Ready" && status === "True",
				),
			startup,
		);
	}

	#run({ names, args }: LabProgram): Daemon {
		const [name = ""] = names;
		const daemon = new Daemon(findProgram(...names) ?? name, args, {
			logFile: join(this.#folder, `${name}.log`),
		});
		this.#daemons.push(daemon);
		return daemon;
	}
}

/** @throws with its last words when a daemon ends */
async function ended(daemon: Daemon): Promise<never> {
	const how = await daemon.exited;
	throw new Error(`a program of the control plane ended with ${how}: ${daemon.log.slice(-2000)}`);
}
