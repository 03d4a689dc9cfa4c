import { describe, expect, expectTypeOf, test } from "vitest";
import { tiers } from "../../../config/tiers.ts";
import { ExternalSecret } from "../../../constructs/kubernetes/external-secret.ts";
import { TieredNamespace } from "../../../constructs/kubernetes/namespace.ts";
import { TlsSecret } from "../../../constructs/secrets/tls-secret.ts";
import type { WriteOnlySecretProps } from "../../../constructs/secrets/write-only-secret.ts";
import type { InfraStack } from "../../../stacks/infra-stack.ts";
import { at, only, synthesise } from "../../synth.ts";

function namespaceIn(stack: InfraStack) {
	return new TieredNamespace(stack, "namespace", { name: "web", tier: tiers.edge });
}

describe("a TLS secret", () => {
	const build = (stack: InfraStack) => {
		new TlsSecret(stack, "tls", { namespace: namespaceIn(stack), vaultPath: "tls/web", version: 7 });
	};

	test("is read by an ephemeral block, from one version", async () => {
		const entry = only(await synthesise(build), "vault_kv_secret_v2");
		expect([entry.mode, entry.arguments]).toEqual([
			"ephemeral",
			{ mount: "secret", name: "tls/web", version: 7 },
		]);
	});

	test("is written without leaving a trace, and again when the version grows", async () => {
		const document = await synthesise(build);
		const reference = only(document, "vault_kv_secret_v2").address;
		const { data, data_wo, data_wo_revision, type } = only(document, "kubernetes_secret_v1").arguments;
		expect({ data, data_wo, data_wo_revision, type }).toEqual({
			data: undefined,
			data_wo: {
				"tls.crt": `\${${reference}.data["fullchain"]}`,
				"tls.key": `\${${reference}.data["privkey"]}`,
			},
			data_wo_revision: 7,
			type: "kubernetes.io/tls",
		});
	});

	test("is followed by Reloader, so that a renewed certificate restarts who serves it", async () => {
		const { metadata } = only(await synthesise(build), "kubernetes_secret_v1").arguments;
		expect(metadata).toMatchObject({ annotations: { "reloader.stakater.com/match": "true" } });
	});

	test("leaves the labels alone that the policy engine stamps", async () => {
		const { lifecycle } = only(await synthesise(build), "kubernetes_secret_v1").arguments;
		expect(lifecycle).toEqual({ ignore_changes: ["metadata[0].labels"] });
	});

	test("brings the Vault provider with it, at a version that knows ephemeral blocks", async () => {
		const { json } = await synthesise(build);
		expect(json.terraform).toMatchObject({ required_providers: { vault: { version: "~> 5.11" } } });
	});
});

describe("a write-only secret", () => {
	test("takes no literal, which would stand in the output", () => {
		expectTypeOf<string>().not.toExtend<WriteOnlySecretProps["data"][string]>();
	});
});

describe("an external secret", () => {
	test("names an entry of Vault and is followed by Reloader", async () => {
		const document = await synthesise((stack) => {
			new ExternalSecret(stack, "secret", {
				namespace: namespaceIn(stack),
				name: "web-secrets",
				from: "web",
			});
		});
		expect(only(document, "kubernetes_manifest").arguments.manifest).toMatchObject({
			kind: "ExternalSecret",
			spec: {
				secretStoreRef: { name: "vault-kv", kind: "ClusterSecretStore" },
				target: { template: { metadata: { annotations: { "reloader.stakater.com/match": "true" } } } },
				dataFrom: [{ extract: { key: "web" } }],
			},
		});
	});

	test("takes single keys of entries under names of its own", async () => {
		const document = await synthesise((stack) => {
			new ExternalSecret(stack, "secret", {
				namespace: namespaceIn(stack),
				name: "web-secrets",
				from: { token: { path: "shared", key: "web_token" } },
			});
		});
		expect(at(only(document, "kubernetes_manifest"), "manifest.spec.data.0")).toEqual({
			secretKey: "token",
			remoteRef: { key: "shared", property: "web_token" },
		});
	});
});
