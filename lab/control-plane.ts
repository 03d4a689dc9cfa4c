import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubeconfig } from "./kubeconfig.ts";

/** A program of the lab and how it is started. */
export interface LabProgram {
	/** Names of the program, the preferred one first. */
	readonly names: readonly string[];
	/** Path of the program, when it is not searched by name. */
	readonly file?: string;
	/** Command to run it with, such as a wrapper, with its arguments. @default none */
	readonly prefix?: readonly string[];
	readonly args: readonly string[];
	/** Variables beside PATH and HOME. @default none */
	readonly env?: Readonly<Record<string, string>>;
}

/** Loopback ports of a control plane. */
export interface ControlPlanePorts {
	readonly etcd: number;
	readonly etcdPeer: number;
	readonly api: number;
	readonly controllers: number;
	readonly scheduler: number;
	readonly kwok: number;
}

/** Further flags by name. @default none */
export interface ControlPlaneFlags {
	readonly apiServer?: Readonly<Record<string, string>>;
	readonly kwok?: Readonly<Record<string, string>>;
}

/** Users of the API server, each with a token. */
const users = {
	admin: { user: "admin", group: "system:masters" },
	kwok: { user: "kwok", group: "system:masters" },
	controllers: { user: "system:kube-controller-manager", group: "" },
	scheduler: { user: "system:kube-scheduler", group: "" },
} as const;

type UserName = keyof typeof users;

/**
 * A control plane on loopback: a real API server with etcd, controllers and scheduler, and KWOK in place of the
 * kubelets. Objects are admitted, authorised, scheduled and stored as in production; no container runs.
 *
 * The API server makes its own certificate, for 127.0.0.1, which is its own CA.
 */
export class ControlPlaneFiles {
	readonly host: string;
	readonly token: string;
	readonly #folder: string;
	readonly #ports: ControlPlanePorts;
	readonly #flags: ControlPlaneFlags;
	readonly #tokens: Readonly<Record<UserName, string>>;

	/** Writes keys and tokens. @param folder that no other user can read */
	constructor(folder: string, ports: ControlPlanePorts, flags: ControlPlaneFlags = {}) {
		this.#folder = folder;
		this.#flags = flags;
		this.#ports = ports;
		this.host = `https://127.0.0.1:${ports.api}`;
		const token = () => randomBytes(24).toString("hex");
		this.#tokens = { admin: token(), kwok: token(), controllers: token(), scheduler: token() };
		this.token = this.#tokens.admin;
		const keys = generateKeyPairSync("rsa", {
			modulusLength: 2048,
			publicKeyEncoding: { type: "spki", format: "pem" },
			privateKeyEncoding: { type: "pkcs8", format: "pem" },
		});
		this.#write("accounts.key", keys.privateKey);
		this.#write("accounts.pub", keys.publicKey);
		const lines = Object.entries(users).map(
			([name, { user, group }], index) => `${this.#tokens[name as UserName]},${user},${index},"${group}"`,
		);
		this.#write("tokens.csv", `${lines.join("\n")}\n`);
		for (const name of Object.keys(users) as UserName[])
			this.#write(
				`${name}.json`,
				`${JSON.stringify(kubeconfig({ host: this.host, caFile: this.caFile, token: this.#tokens[name] }))}\n`,
			);
	}

	/** Certificate of the API server and its CA, once it runs. */
	get caFile(): string {
		return this.#at("apiserver/apiserver.crt");
	}

	/** Kubeconfig of the administrator. */
	get kubeconfig(): string {
		return this.#at("admin.json");
	}

	get etcd(): LabProgram {
		const client = `http://127.0.0.1:${this.#ports.etcd}`;
		const peer = `http://127.0.0.1:${this.#ports.etcdPeer}`;
		return program("etcd", {
			"data-dir": this.#at("etcd"),
			"listen-client-urls": client,
			"advertise-client-urls": client,
			"listen-peer-urls": peer,
			"initial-advertise-peer-urls": peer,
			"initial-cluster": `default=${peer}`,
			"unsafe-no-fsync": "true",
			"log-level": "warn",
		});
	}

	get apiServer(): LabProgram {
		return program("kube-apiserver", {
			"etcd-servers": `http://127.0.0.1:${this.#ports.etcd}`,
			"bind-address": "127.0.0.1",
			"advertise-address": "127.0.0.1",
			"secure-port": String(this.#ports.api),
			"cert-dir": this.#at("apiserver"),
			"token-auth-file": this.#at("tokens.csv"),
			"authorization-mode": "RBAC",
			"service-account-key-file": this.#at("accounts.pub"),
			"service-account-signing-key-file": this.#at("accounts.key"),
			"service-account-issuer": "https://kubernetes.default.svc.cluster.local",
			"service-cluster-ip-range": "10.96.0.0/16",
			"endpoint-reconciler-type": "none",
			// Otherwise the API server refuses privileged pods before Pod Security is evaluated.
			"allow-privileged": "true",
			...this.#flags.apiServer,
		});
	}

	get controllers(): LabProgram {
		return program("kube-controller-manager", {
			...this.#client("controllers"),
			"use-service-account-credentials": "true",
			"service-account-private-key-file": this.#at("accounts.key"),
			"root-ca-file": this.caFile,
			"leader-elect": "false",
			// With the default limits the start takes five seconds.
			"kube-api-qps": "500",
			"kube-api-burst": "1000",
			...this.#serving("controllers", this.#ports.controllers),
		});
	}

	get scheduler(): LabProgram {
		return program("kube-scheduler", {
			...this.#client("scheduler"),
			"leader-elect": "false",
			...this.#serving("scheduler", this.#ports.scheduler),
		});
	}

	/**
	 * @param stages file with the KWOK stages of nodes and pods
	 * @param pods network of their addresses, in CIDR notation
	 */
	kwok(stages: string, pods: string): LabProgram {
		return program("kwok", {
			kubeconfig: this.#at("kwok.json"),
			"manage-all-nodes": "true",
			"node-ip": "127.0.0.1",
			cidr: pods,
			"server-address": `127.0.0.1:${this.#ports.kwok}`,
			"node-lease-duration-seconds": "40",
			config: stages,
			...this.#flags.kwok,
		});
	}

	#client(name: UserName) {
		const kubeconfig = this.#at(`${name}.json`);
		return {
			kubeconfig,
			"authentication-kubeconfig": kubeconfig,
			"authorization-kubeconfig": kubeconfig,
		};
	}

	#serving(name: string, port: number) {
		return { "bind-address": "127.0.0.1", "secure-port": String(port), "cert-dir": this.#at(name) };
	}

	#at(name: string): string {
		return join(this.#folder, name);
	}

	#write(name: string, text: string): void {
		writeFileSync(this.#at(name), text, { mode: 0o600 });
	}
}

function program(name: string, flags: Readonly<Record<string, string>>): LabProgram {
	return { names: [name], args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`) };
}
