import { mkdirSync, readFileSync } from "node:fs";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { request as requestTls } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { projectRoot } from "../../../config/project-root.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { externalSecrets } from "../../../lab/products/external-secrets.ts";
import { RunningProduct } from "../harness/running-product.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedPlatform } from "../platform/applied-platform.ts";
import { pod } from "../platform/people.ts";
import { AppliedVault } from "../vault/applied-vault.ts";
import { infrastructureManifests } from "../woodpecker/infrastructure-manifests.ts";
import { ofApp, path } from "./external-secrets-objects.ts";

const owner = (name: string, more: object) => ({
	role: "namespace-owner",
	email: `${name}@example.com`,
	namespaces: [name],
	...more,
});

/** Two owners with pipelines, who share a namespace besides, and one who has left. */
export const registry = {
	alice: owner("alice", { namespaces: ["alice", "crew"], domains: ["shop"], ci_org_id: 2 }),
	bob: owner("bob", { namespaces: ["bob", "crew"], domains: ["forum"], ci_org_id: 3 }),
	finn: owner("finn", { ci_org_id: 4 }),
};

interface Answer {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: answers are read by name
	readonly body: any;
}

const soon = { within: 60_000, every: 100 };

/** The stacks `vault` and `platform`, applied to real servers, with External Secrets at work and somebody who has left. */
export class AttackedWorld {
	readonly vault: AppliedVault;
	readonly platform: AppliedPlatform;
	readonly #operator: RunningProduct;
	/** Tokens at Vault by holder. */
	readonly tokens: Record<string, string> = {};
	/** Tokens of service accounts by `namespace/name`. */
	readonly accounts: Record<string, string> = {};

	private constructor(vault: AppliedVault, platform: AppliedPlatform, operator: RunningProduct) {
		this.vault = vault;
		this.platform = platform;
		this.#operator = operator;
	}

	/** @returns why it cannot be, where providers are missing */
	static async start(folder: string): Promise<AttackedWorld | string> {
		for (const name of ["world", "platform", "operator"]) mkdirSync(join(folder, name));
		const vault = await AppliedVault.start(join(folder, "world"));
		const missing = await vault.providersMissing(registry);
		if (missing !== undefined) {
			await vault.stop();
			return missing;
		}
		const operator = await RunningProduct.install(externalSecrets, vault.plane, {
			folder: join(folder, "operator"),
			vaultAddress: vault.server.address,
		});
		await vault.apply(registry);
		const platform = await AppliedPlatform.on(vault.plane, join(folder, "platform"));
		await platform.providersMissing(registry);
		await platform.apply(registry);
		const world = new AttackedWorld(vault, platform, operator);
		await world.#fill(folder);
		return world;
	}

	async #fill(folder: string): Promise<void> {
		const { server, plane } = this.vault;
		for (const entry of ["platform", "viktor", "woodpecker", "alice/shop", "bob/shop", "finn/shop"])
			await server.must("POST", `secret/data/${entry}`, { data: { password: `of ${entry}` } });
		for (const name of ["alice", "bob", "finn"])
			this.tokens[name] = (await this.vault.login(`${name}@example.com`)).token;
		for (const name of ["alice", "bob"]) {
			const { token } = await this.vault.machine(
				`pipelines-${name}`,
				`woodpecker-pipelines-${name}`,
				"default",
			);
			this.tokens[`pipelines-${name}`] = token;
		}
		for (const namespace of ["alice", "bob", "finn", "woodpecker-pipelines-alice"])
			this.accounts[`${namespace}/default`] = await this.tokenOf(namespace, "default");
		for (const namespace of ["alice", "bob"]) {
			await this.must("POST", `/api/v1/namespaces/${namespace}/secrets`, {
				metadata: { name: "key" },
				stringData: { key: `of ${namespace}` },
			});
			await this.must("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, {
				metadata: { name: "web" },
				spec: {
					replicas: 0,
					selector: { matchLabels: { app: "web" } },
					template: { metadata: { labels: { app: "web" } }, spec: pod("unused").spec },
				},
			});
			await this.must("POST", `/api/v1/namespaces/${namespace}/pods`, pod("runs"));
		}
		await this.must("POST", "/api/v1/namespaces", { metadata: { name: "woodpecker-infra" } });
		for (const name of ["default", "infrastructure"])
			await plane.ask("POST", "/api/v1/namespaces/woodpecker-infra/serviceaccounts", { metadata: { name } });
		for (const { api, manifest } of await infrastructureManifests()) await this.must("POST", api, manifest);
		for (const manifest of ofApp(
			server.address,
			parseRegistry(JSON.stringify(registry)),
			join(folder, "out"),
		))
			await this.must(
				"POST",
				path("alice", manifest.kind === "SecretStore" ? "secretstores" : "externalsecrets"),
				manifest,
			);
		for (const { name } of parseRegistry(JSON.stringify(registry)).namespaces)
			await this.platform.whenCounted(name);
		await this.#makeRobot();
		await this.#operator.start();
		await this.#partWithFinn();
	}

	/** An account of alice's that she gives her own rights: it has a credential that headers can be added to. */
	async #makeRobot(): Promise<void> {
		await this.as("alice", "POST", "/api/v1/namespaces/alice/serviceaccounts", {
			metadata: { name: "robot" },
		});
		await this.as("alice", "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/alice/rolebindings", {
			metadata: { name: "robot" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
			subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "alice" }],
		});
		this.accounts["alice/robot"] = await this.tokenOf("alice", "robot");
		await waitFor(
			"the robot has alice's rights",
			async () => (await this.with("alice/robot", "GET", "/api/v1/namespaces/alice/secrets")).status === 200,
			soon,
		);
	}

	async #partWithFinn(): Promise<void> {
		const { token } = await this.vault.machine("pipelines-finn", "woodpecker-pipelines-finn", "default");
		this.tokens["pipelines-finn"] = token;
		const left = { ...registry, finn: { ...registry.finn, disabled: true } };
		await this.vault.apply(left);
		await this.platform.apply(left);
	}

	/** The token of a service account for an hour. */
	async tokenOf(namespace: string, name: string, audience?: string): Promise<string> {
		const at = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
		const audiences = audience === undefined ? {} : { audiences: [audience] };
		const { status } = await this.must("POST", at, { spec: { expirationSeconds: 3600, ...audiences } });
		return status.token;
	}

	/** A request of the administrator that must work. */
	async must(method: string, at: string, body?: object): Promise<Answer["body"]> {
		const answer = await this.vault.plane.ask(method, at, body);
		if (answer.status >= 300)
			throw new Error(`${method} ${at}: ${answer.status} ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	/** A request of an owner to the API server. */
	as(name: string, method: string, at: string, body?: object): Promise<Answer> {
		return this.platform.as(`${name}@example.com`, method, at, body);
	}

	/** A request with the token of a service account, or with an empty one, to the API server. */
	with(account: string, method: string, at: string, body?: object, headers?: Record<string, string>) {
		return this.vault.plane.ask(method, at, body, this.accounts[account] ?? "", headers);
	}

	/** A request to the API server without any credential. */
	async anonymous(method: string, at: string): Promise<Answer> {
		const { host, ca } = this.vault.plane;
		return sent((done) => requestTls(`${host}${at}`, { method, ca, timeout: 10_000 }, done));
	}

	/**
	 * A request to Vault whose path is sent to the letter, and to where the server leads from there.
	 *
	 * @param holder of a token, or the token; none for nobody
	 */
	async atVault(
		holder: string | undefined,
		method: string,
		at: string,
		body?: object,
		headers: Readonly<Record<string, string>> = {},
	): Promise<Answer> {
		const answer = await this.#oneOfVault(holder, method, at, body, headers);
		const { location } = answer.headers;
		return answer.status === 307 && location !== undefined
			? this.#oneOfVault(holder, method, location.replace(/^\/v1\//, ""), body, headers)
			: answer;
	}

	async #oneOfVault(
		holder: string | undefined,
		method: string,
		at: string,
		body: object | undefined,
		more: Readonly<Record<string, string>>,
	) {
		const { hostname, port } = new URL(this.vault.server.address);
		const token = holder === undefined ? {} : { "x-vault-token": this.tokens[holder] ?? holder };
		const kind = method === "PATCH" ? "application/merge-patch+json" : "application/json";
		const headers = { ...token, ...more, "content-type": kind };
		return sent(
			(done) => request({ hostname, port, method, path: `/v1/${at}`, headers, timeout: 10_000 }, done),
			body,
		);
	}

	/** Versions of what it consists of. */
	async versions(): Promise<Record<string, string>> {
		// An answer of several lines, which is left as it is.
		const [, gitVersion = ""] =
			/"gitVersion": *"([^"]+)"/.exec(String(await this.must("GET", "/version"))) ?? [];
		const { version } = await this.vault.server.must("GET", "sys/health");
		const modules = readFileSync(join(projectRoot, "tools/external-secrets/go.mod"), "utf8");
		const [, operator = ""] = /external-secrets\/external-secrets (v[\d.]+)/.exec(modules) ?? [];
		return { "API server": gitVersion, OpenBao: version, "External Secrets": operator };
	}

	async stop(): Promise<void> {
		await this.#operator.stop();
		await this.vault.stop();
	}
}

type Send = (done: (response: IncomingMessage) => void) => ClientRequest;

async function sent(send: Send, body?: object): Promise<Answer & { headers: IncomingHttpHeaders }> {
	const answer = await new Promise<{ status: number; body: string; headers: IncomingHttpHeaders }>(
		(resolve, reject) => {
			const outgoing = send(async (response) =>
				resolve({ status: response.statusCode ?? 0, body: await text(response), headers: response.headers }),
			);
			outgoing.on("error", reject);
			outgoing.end(body && JSON.stringify(body));
		},
	);
	return { ...answer, body: /^\{/.test(answer.body) ? JSON.parse(answer.body) : answer.body };
}
