import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { Site } from "../../../config/schema/site.ts";
import lab from "../../../config/sites/lab.ts";
import { certifierMachine } from "../../../config/sites/vault-defaults.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { mergePatch } from "../../merge-patch.ts";
import { ControlPlane } from "../harness/control-plane.ts";
import { type PlannedChange, TerraformFolder } from "../harness/terraform-folder.ts";
import { VaultServer } from "../harness/vault-server.ts";

const vault = await loadStack("vault");

/** Entries of the registry by user, as they are written. */
export type Entries = Readonly<Record<string, object>>;

/** The stack `vault`, applied by the real providers to a real API server and a Vault-compatible server. */
export class AppliedVault {
	readonly plane: ControlPlane;
	readonly server: VaultServer;
	readonly #folder: string;
	readonly #signer: { readonly publicKey: string; readonly privateKey: KeyObject };
	readonly #terraform: TerraformFolder;

	private constructor(folder: string, plane: ControlPlane, server: VaultServer) {
		this.#folder = folder;
		this.plane = plane;
		this.server = server;
		this.#terraform = new TerraformFolder(join(folder, "stack"), { VAULT_TOKEN: server.rootToken });
		const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
		this.#signer = { publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(), privateKey };
	}

	/** Starts both servers; the stack is applied by {@link apply}. */
	static async start(folder: string): Promise<AppliedVault> {
		const [planeFolder, serverFolder] = [join(folder, "plane"), join(folder, "server")];
		for (const name of [planeFolder, serverFolder]) mkdirSync(name);
		const [plane, server] = await Promise.all([
			ControlPlane.start(planeFolder),
			VaultServer.start(serverFolder),
		]);
		return new AppliedVault(folder, plane, server);
	}

	/** Why the stack cannot be applied here; undefined once its providers are installed. */
	async providersMissing(registry: Entries): Promise<string | undefined> {
		this.write(registry);
		return this.#terraform.providersMissing();
	}

	/** The site of the stack, whose Vault and cluster are these. */
	get site(): Site {
		return parseSite(
			mergePatch(lab, {
				cluster: { kubeconfig: this.plane.kubeconfig },
				registry: { source: { kind: "vault", path: "platform", key: "k8s_users" } },
				vault: {
					address: this.server.address,
					machines: { "ci-certificate": certifierMachine },
					server: { kubernetesHost: this.plane.host, kubernetesCa: this.plane.ca },
					identity: { publicKeys: [this.#signer.publicKey] },
				},
			}),
		);
	}

	/** The stack, and others beside it that nobody applies, as they are synthesised for a registry. */
	app(registry: Entries, others: readonly StackDeclaration[] = []): InfraApp {
		return new InfraApp({
			site: this.site,
			registry: parseRegistry(JSON.stringify(registry)),
			stacks: [vault, ...others],
			outdir: join(this.#folder, "out"),
		});
	}

	/** Synthesises the stack for a registry into Terraform's folder. */
	write(registry: Entries): void {
		const [stack] = this.app(registry).stacks;
		if (stack === undefined) throw new Error("the app has no stack");
		this.#terraform.write(stack.synthesizeOnce());
	}

	async apply(registry: Entries): Promise<void> {
		this.write(registry);
		await this.#terraform.apply();
	}

	/** What a plan for another registry would change. */
	async plan(registry: Entries): Promise<PlannedChange[]> {
		this.write(registry);
		return this.#terraform.plan();
	}

	/** Everything that Terraform has left behind, as text. */
	async traces(): Promise<string> {
		return this.#terraform.traces();
	}

	/** A token of a user whom the identity provider has authenticated. */
	async login(
		email: string,
		groups: readonly string[] = [],
	): Promise<{ status: number; token: string; policies: string[] }> {
		const now = Math.floor(Date.now() / 1000);
		const { status, body } = await this.server.ask("POST", "auth/oidc/login", {
			role: "default",
			jwt: this.#sign({ email, groups, aud: "vault", sub: email, nbf: now - 5, exp: now + 600 }),
		});
		if (status !== 200) throw new Error(`login of ${email}: ${JSON.stringify(body)}`);
		const {
			client_token: token = "",
			identity_policies: identity = [],
			token_policies: own = [],
		} = body.auth ?? {};
		return { status, token, policies: [...own, ...identity].sort() };
	}

	/**
	 * A login of a service account; both are made when they are not there.
	 *
	 * @param audience of its token; the API server when absent
	 */
	async machine(
		role: string,
		namespace: string,
		account: string,
		audience?: string,
	): Promise<{ status: number; token: string; error: string }> {
		await this.plane.ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
		await this.plane.ask("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, {
			metadata: { name: account },
		});
		const { body } = await this.plane.ask(
			"POST",
			`/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
			{ spec: { expirationSeconds: 600, ...(audience === undefined ? {} : { audiences: [audience] }) } },
		);
		const login = await this.server.ask("POST", "auth/kubernetes/login", { role, jwt: body.status.token });
		return {
			status: login.status,
			token: login.body.auth?.client_token ?? "",
			error: (login.body.errors ?? []).join(),
		};
	}

	async stop(): Promise<void> {
		await Promise.all([this.plane.stop(), this.server.stop()]);
	}

	#sign(claims: object): string {
		const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
		const text = `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}`;
		return `${text}.${createSign("RSA-SHA256").update(text).sign(this.#signer.privateKey, "base64url")}`;
	}
}
