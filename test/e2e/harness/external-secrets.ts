import { execFile } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import { projectRoot } from "../../../config/project-root.ts";
import { findProgram } from "../../../lab/find-program.ts";
import { definitionsPath } from "../../../lab/foreign-kinds.ts";
import type { ControlPlane } from "./control-plane.ts";
import { Daemon } from "./daemon.ts";
import { freePort } from "./free-port.ts";
import { TerraformFolder } from "./terraform-folder.ts";
import { waitFor } from "./wait-for.ts";

const run = promisify(execFile);

/** Programs that the operator and its files come from. */
export const externalSecretsPrograms = ["external-secrets", "go", "unshare"];

/** Namespace, account and release of the operator. */
const name = "external-secrets";

interface ClusterObject {
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
	readonly rules?: readonly {
		readonly apiGroups: readonly string[];
		readonly resources: readonly string[];
		readonly verbs: readonly string[];
	}[];
}

/** A definition of a kind, as far as tests read it. */
interface Definition extends ClusterObject {
	readonly spec: {
		readonly group: string;
		readonly scope: "Namespaced" | "Cluster";
		readonly names: { readonly kind: string; readonly plural: string };
		readonly versions: readonly { readonly name: string; readonly served: boolean }[];
	};
}

const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** Where objects of the chart are made. Workloads are left out, since a process of the tests takes their place. */
const collections: Readonly<Record<string, string>> = {
	ServiceAccount: `/api/v1/namespaces/${name}/serviceaccounts`,
	ClusterRole: `${rbac}/clusterroles`,
	ClusterRoleBinding: `${rbac}/clusterrolebindings`,
	Role: `${rbac}/namespaces/${name}/roles`,
	RoleBinding: `${rbac}/namespaces/${name}/rolebindings`,
};

/** What the product brings into a cluster: kinds, and the rights of its chart. */
export interface ExternalSecretsFiles {
	readonly definitions: readonly Definition[];
	readonly objects: readonly ClusterObject[];
}

/**
 * Reads the product's own files from its Go module: its kinds, and its chart as the provider helm renders it.
 *
 * @param folder empty, and removed by whoever made it
 */
export async function externalSecretsFiles(folder: string): Promise<ExternalSecretsFiles> {
	const { stdout } = await run(
		"go",
		["list", "-m", "-f", "{{.Dir}}", "github.com/external-secrets/external-secrets"],
		{
			cwd: join(projectRoot, "tools/external-secrets"),
		},
	);
	const module = stdout.trim();
	const bases = join(module, "config/crds/bases");
	const definitions = readdirSync(bases)
		.filter((file) => file.includes("external-secrets.io_"))
		.map((file): Definition => parse(readFileSync(join(bases, file), "utf8")));
	return { definitions, objects: await rendered(join(module, "deploy/charts/external-secrets"), folder) };
}

async function rendered(source: string, folder: string): Promise<readonly ClusterObject[]> {
	const chart = join(folder, "chart");
	cpSync(source, chart, { recursive: true });
	const file = join(chart, "Chart.yaml");
	// A chart of somebody else, which the module does not have.
	const { dependencies: _, ...own } = parse(readFileSync(file, "utf8"));
	for (const path of [chart, file]) chmodSync(path, 0o755);
	writeFileSync(file, stringify(own));
	const terraform = new TerraformFolder(join(folder, "render"), {});
	const json = {
		terraform: { required_providers: { helm: { source: "hashicorp/helm" } } },
		data: { helm_template: { it: { name, namespace: name, chart, kube_version: "1.34.0" } } },
	};
	writeFileSync(join(folder, "render/main.tf.json"), JSON.stringify(json));
	const missing = await terraform.providersMissing();
	if (missing !== undefined) throw new Error(missing);
	await terraform.apply();
	const state = JSON.parse(readFileSync(join(folder, "render/terraform.tfstate"), "utf8"));
	return parseAllDocuments(state.resources[0].instances[0].attributes.manifest)
		.map((document) => document.toJS() as ClusterObject | null)
		.filter((object) => object !== null && object.kind in collections) as ClusterObject[];
}

/** External Secrets, as its chart installs it, with its controller as a process beside the API server. */
export class ExternalSecretsOperator {
	readonly #plane: ControlPlane;
	readonly #folder: string;
	#daemon: Daemon | undefined;

	private constructor(plane: ControlPlane, folder: string) {
		this.#plane = plane;
		this.#folder = folder;
	}

	/** Kinds, accounts and rights; nothing acts on them before {@link start}. */
	static async install(plane: ControlPlane, folder: string): Promise<ExternalSecretsOperator> {
		const { definitions, objects } = await externalSecretsFiles(folder);
		const make = async (path: string, body: object) => {
			const { status, body: answer } = await plane.ask("POST", path, body);
			if (status !== 201) throw new Error(`POST ${path}: ${status} ${JSON.stringify(answer)}`);
		};
		for (const definition of definitions) await make(definitionsPath, definition);
		await make("/api/v1/namespaces", { metadata: { name } });
		for (const object of objects) await make(collections[object.kind] ?? "", object);
		await waitFor(
			"the kinds are served",
			async () => {
				const { items } = (await plane.ask("GET", definitionsPath)).body;
				return items
					.filter(({ spec }: Definition) => spec.group.endsWith("external-secrets.io"))
					.every(({ status }: { status?: { conditions?: { type: string; status: string }[] } }) =>
						status?.conditions?.some((one) => one.type === "Established" && one.status === "True"),
					);
			},
			{ within: 30_000, every: 200 },
		);
		return new ExternalSecretsOperator(plane, folder);
	}

	/**
	 * Starts the controller with its account's token mounted, as in its pod: it logs in with that for a store that names
	 * no account. With a kubeconfig it would have none, and every refusal would be a false one.
	 */
	async start(): Promise<void> {
		const account = join(this.#folder, "account");
		mkdirSync(account);
		const path = `/api/v1/namespaces/${name}/serviceaccounts/${name}/token`;
		const { body } = await this.#plane.ask("POST", path, { spec: { expirationSeconds: 3600 } });
		writeFileSync(join(account, "token"), body.status.token, { mode: 0o600 });
		writeFileSync(join(account, "ca.crt"), this.#plane.ca);
		writeFileSync(join(account, "namespace"), name);
		const live = await freePort();
		const { hostname, port } = new URL(this.#plane.host);
		const program = findProgram(name) ?? name;
		const script = join(import.meta.dirname, "as-service-account.sh");
		const flags = ["--metrics-addr=0", `--live-addr=127.0.0.1:${live}`, "--loglevel=info"];
		this.#daemon = new Daemon("unshare", ["--map-root-user", "--mount", script, account, program, ...flags], {
			logFile: join(this.#folder, `${name}.log`),
			env: { PATH: process.env.PATH, KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
		});
		await waitFor("External Secrets is ready", async () => (await this.#status(live)) === 200, {
			within: 60_000,
			every: 200,
		});
	}

	async stop(): Promise<void> {
		await this.#daemon?.stop();
	}

	async #status(port: number): Promise<number> {
		try {
			return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(1000) })).status;
		} catch (error) {
			if (this.#daemon?.running === false) throw new Error(`External Secrets ended: ${this.#daemon.log}`);
			if (error instanceof TypeError) return 0;
			throw error;
		}
	}
}
