import type { ClientRequest } from "node:http";
import { get } from "node:https";
import { policyEngineDefaults } from "../../config/sites/platform-defaults.ts";
import { freePort } from "../free-port.ts";
import { type ApiAccess, askApi } from "../kubernetes-api.ts";
import { accountKubeconfig, installProduct } from "./install-product.ts";
import { kyvernoVerdicts } from "./kyverno-verdicts.ts";
import type { Product, ProductWorld } from "./product.ts";
import { productFacts } from "./product-facts.ts";
import { type ProductSource, productFileCommands, productFiles } from "./product-files.ts";

/** Namespace and release. */
const name = "kyverno";

const module = "github.com/kyverno/kyverno";

/** Where its files come from. */
export const kyvernoSource: ProductSource = {
	tool: name,
	module,
	definitions: "config/crds/*/*.yaml",
	chart: "charts/kyverno",
	name,
	// Its definitions are read from where they are made: the chart has but those of one group.
	values: { crds: { install: false } },
};

/** Server of webhooks of a controller. */
interface Serves {
	readonly service: string;
	/** Beginning of its flags. */
	readonly flag: string;
	readonly role: string;
}

/** A controller of Kyverno: each is a program with an account of its own. */
interface Controller {
	readonly program: string;
	/** Main package below `cmd/`. */
	readonly main: string;
	/** Account, and name of its Deployment. */
	readonly account: string;
	/** Absent when nobody asks it. */
	readonly serves?: Serves;
	readonly flags: Readonly<Record<string, string>>;
}

const account = (controller: string) => `system:serviceaccount:${name}:kyverno-${controller}-controller`;

const controllers: readonly Controller[] = [
	{
		program: "kyverno",
		main: "kyverno",
		account: "kyverno-admission-controller",
		serves: { service: "kyverno-svc", flag: "webhookServer", role: "kyverno:admission-controller" },
		flags: {
			backgroundServiceAccountName: account("background"),
			reportsServiceAccountName: account("reports"),
			controllerRuntimeMetricsAddress: "0",
		},
	},
	{
		program: "kyverno-background-controller",
		main: "background-controller",
		account: "kyverno-background-controller",
		flags: { controllerRuntimeMetricsAddress: "0" },
	},
	{
		program: "kyverno-cleanup-controller",
		main: "cleanup-controller",
		account: "kyverno-cleanup-controller",
		serves: {
			service: "kyverno-cleanup-controller",
			flag: "cleanupServer",
			role: "kyverno:cleanup-controller",
		},
		flags: {},
	},
];

/** The policy engine, with its three controllers that act; the one that only reports does not run. */
export const kyverno: Product = {
	name,
	...productFacts.kyverno,
	programs: controllers.map(({ program, main }) => ({
		names: [program],
		build: {
			module: name,
			package: `${module}/cmd/${main}`,
			stamps: (version: string) => ({ [`${module}/pkg/version.BuildVersion`]: version }),
		},
	})),
	commands: productFileCommands,
	site: (site) => ({ ...site, platform: { ...site.platform, policyEngine: policyEngineDefaults } }),
	install: async ({ api, folder }) => installProduct(api, name, await productFiles(kyvernoSource, folder)),
	start: async (world) => {
		await Promise.all(controllers.map((controller) => startController(world, controller)));
	},
	verify: kyvernoVerdicts,
};

async function startController(world: ProductWorld, controller: Controller): Promise<void> {
	const { api, folder, programs } = world;
	const { program, account, serves } = controller;
	const [metrics, server] = [await freePort(), await freePort()];
	const flags: Readonly<Record<string, string>> = {
		kubeconfig: await accountKubeconfig(api, { namespace: name, account, folder }),
		disableMetrics: "true",
		// It listens all the same, and on every address unless told otherwise.
		metricsHost: "127.0.0.1",
		metricsPort: `${metrics}`,
		clientRateLimitQPS: "500",
		clientRateLimitBurst: "1000",
		disableLogColor: "true",
		...(serves === undefined ? {} : webhookFlags(serves, server)),
		...controller.flags,
	};
	const process = programs.run({
		names: [program],
		args: Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
		env: {
			KYVERNO_NAMESPACE: name,
			INIT_CONFIG: name,
			METRICS_CONFIG: "kyverno-metrics",
			KYVERNO_POD_NAME: program,
			KYVERNO_SERVICEACCOUNT_NAME: account,
			KYVERNO_DEPLOYMENT: account,
			...(serves === undefined ? {} : { KYVERNO_SVC: serves.service, KYVERNO_ROLE_NAME: serves.role }),
		},
	});
	const works = serves === undefined ? () => leads(api, program) : () => isHealthy(server);
	await programs.ready(process, works);
}

/** With host and port the API server reaches the webhooks here, and not by a Service. */
function webhookFlags({ flag, service }: Serves, port: number): Readonly<Record<string, string>> {
	return {
		serverIP: `127.0.0.1:${port}`,
		[`${flag}Host`]: "127.0.0.1",
		[`${flag}Port`]: `${port}`,
		caSecretName: `${service}.${name}.svc.kyverno-tls-ca`,
		tlsSecretName: `${service}.${name}.svc.kyverno-tls-pair`,
	};
}

/** Whether a controller without a server has begun to work. */
async function leads(api: ApiAccess, lease: string): Promise<boolean> {
	const path = `/apis/coordination.k8s.io/v1/namespaces/${name}/leases/${lease}`;
	return (await askApi(api, "GET", path)).status === 200;
}

/** Its certificate is of its own making, in a Secret. */
function isHealthy(port: number): Promise<boolean> {
	return new Promise((resolve, reject) => {
		get(
			`https://127.0.0.1:${port}/health/readiness`,
			{ rejectUnauthorized: false, timeout: 2000 },
			(answer) => {
				answer.resume();
				resolve(answer.statusCode === 200);
			},
		)
			.on("timeout", function (this: ClientRequest) {
				this.destroy(new Error("no answer"));
			})
			.on("error", reject);
	});
}
