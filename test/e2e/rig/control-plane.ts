import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { findProgram } from "./programs.ts";
import { waitFor } from "./wait-for.ts";

/** Programs that a control plane consists of here. */
export const controlPlanePrograms = ["etcd", "kube-apiserver", "kube-controller-manager"];

export interface Answer {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: objects of the API are read by name
	readonly body: any;
}

const startup = { within: 30_000, every: 100 };

/** A real API server on loopback with its store and controllers: it admits, authorises and remembers, and runs nothing. */
export class ControlPlane {
	readonly host: string;
	/** Kubeconfig of an administrator. */
	readonly kubeconfig: string;
	readonly #folder: string;
	readonly #token = randomBytes(24).toString("hex");
	readonly #daemons: Daemon[] = [];

	private constructor(folder: string, port: number) {
		this.#folder = folder;
		this.host = `https://127.0.0.1:${port}`;
		this.kubeconfig = join(folder, "admin.json");
	}

	/** @param folder empty, and removed by whoever made it */
	static async start(folder: string): Promise<ControlPlane> {
		const port = await freePort();
		const plane = new ControlPlane(folder, port);
		try {
			await plane.#start(port);
		} catch (error) {
			await plane.stop();
			throw error;
		}
		return plane;
	}

	/** PEM certificate that the API server is trusted by: it signs for itself. */
	get ca(): string {
		return readFileSync(join(this.#folder, "apiserver/apiserver.crt"), "utf8");
	}

	/** Asks the API. @param token of a service account; the administrator's without one */
	async ask(method: string, path: string, body?: object, token = this.#token): Promise<Answer> {
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
					},
				},
				async (response) => resolve({ status: response.statusCode ?? 0, body: await text(response) }),
			);
			sent.on("error", reject);
			sent.end(body && JSON.stringify(body));
		});
		// A watch answers with a line for each event.
		const object = /^\{.*\}\n?$/.test(answer.body);
		return { status: answer.status, body: object ? JSON.parse(answer.body) : answer.body };
	}

	async stop(): Promise<void> {
		await Promise.all(this.#daemons.map((daemon) => daemon.stop()));
	}

	async #start(port: number): Promise<void> {
		const [client, peer, controllers] = [await freePort(), await freePort(), await freePort()];
		const at = (name: string) => join(this.#folder, name);
		const etcd = `http://127.0.0.1:${client}`;
		const etcdPeer = `http://127.0.0.1:${peer}`;
		this.#run("etcd", {
			"data-dir": at("etcd"),
			"listen-client-urls": etcd,
			"advertise-client-urls": etcd,
			"listen-peer-urls": etcdPeer,
			"initial-advertise-peer-urls": etcdPeer,
			"initial-cluster": `default=${etcdPeer}`,
			"unsafe-no-fsync": "true",
			"log-level": "warn",
		});
		const keys = generateKeyPairSync("rsa", {
			modulusLength: 2048,
			publicKeyEncoding: { type: "spki", format: "pem" },
			privateKeyEncoding: { type: "pkcs8", format: "pem" },
		});
		writeFileSync(at("accounts.key"), keys.privateKey, { mode: 0o600 });
		writeFileSync(at("accounts.pub"), keys.publicKey);
		const manager = randomBytes(24).toString("hex");
		writeFileSync(
			at("tokens.csv"),
			`${this.#token},admin,1,"system:masters"\n${manager},system:kube-controller-manager,2\n`,
			{ mode: 0o600 },
		);
		this.#run("kube-apiserver", {
			"etcd-servers": etcd,
			"bind-address": "127.0.0.1",
			"advertise-address": "127.0.0.1",
			"secure-port": String(port),
			"cert-dir": at("apiserver"),
			"token-auth-file": at("tokens.csv"),
			"authorization-mode": "RBAC",
			"service-account-key-file": at("accounts.pub"),
			"service-account-signing-key-file": at("accounts.key"),
			"service-account-issuer": "https://kubernetes.default.svc.cluster.local",
			"service-cluster-ip-range": "10.96.0.0/16",
			"endpoint-reconciler-type": "none",
			"allow-privileged": "true",
		});
		await waitFor(
			"the API server is ready",
			async () => (await this.ask("GET", "/readyz")).status === 200,
			startup,
		);
		writeFileSync(this.kubeconfig, this.#kubeconfig(this.#token), { mode: 0o600 });
		writeFileSync(at("controllers.json"), this.#kubeconfig(manager), { mode: 0o600 });
		this.#run("kube-controller-manager", {
			kubeconfig: at("controllers.json"),
			"authentication-kubeconfig": at("controllers.json"),
			"authorization-kubeconfig": at("controllers.json"),
			"use-service-account-credentials": "true",
			"service-account-private-key-file": at("accounts.key"),
			"root-ca-file": at("apiserver/apiserver.crt"),
			"leader-elect": "false",
			"kube-api-qps": "500",
			"kube-api-burst": "1000",
			"bind-address": "127.0.0.1",
			"secure-port": String(controllers),
			"cert-dir": at("controllers"),
		});
		await waitFor(
			"controllers work",
			async () =>
				(await this.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200,
			startup,
		);
	}

	#run(program: string, flags: Readonly<Record<string, string>>): void {
		this.#daemons.push(
			new Daemon(
				findProgram(program) ?? program,
				Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
				{ logFile: join(this.#folder, `${program}.log`) },
			),
		);
	}

	#kubeconfig(token: string): string {
		return JSON.stringify({
			apiVersion: "v1",
			kind: "Config",
			clusters: [
				{
					name: "lab",
					cluster: {
						server: this.host,
						"certificate-authority": join(this.#folder, "apiserver/apiserver.crt"),
					},
				},
			],
			users: [{ name: "lab", user: { token } }],
			contexts: [{ name: "lab", context: { cluster: "lab", user: "lab" } }],
			"current-context": "lab",
		});
	}
}
