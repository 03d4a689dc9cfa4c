import { parseSite } from "../../../config/parse-site.ts";
import type { Registry } from "../../../config/registry/registry.ts";
import lab from "../../../config/sites/lab.ts";
import { tiers } from "../../../config/tiers.ts";
import { ExternalSecret } from "../../../constructs/kubernetes/external-secret.ts";
import { TenantSecretStore } from "../../../constructs/tenants/tenant-secret-store.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";

export const api = "external-secrets.io/v1";
export const path = (namespace: string, plural: string, version = api) =>
	`/apis/${version}/namespaces/${namespace}/${plural}`;
export const object = (kind: string, name: string, spec: object) => ({
	apiVersion: api,
	kind,
	metadata: { name },
	spec,
});

const kv = { path: "secret", version: "v2" };
export const site = { name: "vault-kv", kind: "ClusterSecretStore" };
export const own = { name: "shop", kind: "SecretStore" };

/** Store and ExternalSecret of an app of alice, as its stack writes them. */
export function ofApp(server: string, registry: Registry, outdir: string): Record<string, unknown>[] {
	const namespace = { name: "alice", literalName: "alice", tier: tiers.aux };
	const declaration: StackDeclaration = {
		name: "platform",
		purpose: "An app",
		stateTier: 1,
		build: (scope) => {
			const stack = new InfraStack(scope, declaration);
			const { storeName } = new TenantSecretStore(stack, "store", { namespace, name: "shop" });
			new ExternalSecret(stack, "secret", {
				namespace,
				name: "shop",
				store: storeName,
				from: { PASSWORD: { path: "alice/shop", key: "password" } },
			});
			return stack;
		},
	};
	const app = new InfraApp({
		site: parseSite(lab),
		registry,
		stacks: [declaration],
		outdir,
	});
	const text = JSON.stringify(
		app.stacks[0]?.synthesizeOnce().resources.map(({ arguments: given }) => given.manifest),
	);
	return JSON.parse(text.replaceAll(/"server":"[^"]*"/g, `"server":"${server}"`));
}

/** A store that names no account: the operator logs in as itself. */
export const unnamed = (server: string, name: string, role: string) =>
	object("SecretStore", name, {
		provider: {
			vault: {
				server: server,
				...kv,
				auth: { kubernetes: { mountPath: "kubernetes", role } },
			},
		},
	});

const get = { extract: { key: "alice/shop" } };
const function_ = '{{ getSecretKey "key" "vault" "key" }}';
export const template = (more: object) => ({
	secretStoreRef: own,
	dataFrom: [get],
	target: { template: more },
});
const stores = (reference: object) => ({ dataFrom: [{ ...get, sourceRef: reference }] });

/** Specifications that would make the operator do with its own rights what the owner says. */
export const hostile: readonly (readonly [what: string, spec: object])[] = [
	["of the site's store", { secretStoreRef: site, dataFrom: [get] }],
	["of the site's store by an entry", stores({ storeRef: site })],
	[
		"of a generator",
		stores({
			generatorRef: {
				apiVersion: "generators.external-secrets.io/v1alpha1",
				kind: "Password",
				name: "any",
			},
		}),
	],
	["with a function in a key", template({ data: { key: function_ } })],
	[
		"with a function behind other text",
		template({ data: { key: `a {b {{ .password }} {{- ${function_.slice(2)}` } }),
	],
	["with a function in a pipe", template({ data: { key: '{{ .password | getSecretKey "key" "vault" }}' } })],
	["with a function in parentheses", template({ data: { key: '{{ (getSecretKey "key" "vault" "key") }}' } })],
	[
		"with a function in a condition",
		template({ data: { key: '{{ if true }}{{ getSecretKey "key" "vault" "key" }}{{ end }}' } }),
	],
	["with a function in a label", template({ metadata: { labels: { key: function_ } } })],
	["with a function in an annotation", template({ metadata: { annotations: { key: function_ } } })],
	[
		"with a template of a ConfigMap",
		template({ templateFrom: [{ configMap: { name: "mine", items: [{ key: "a" }] } }] }),
	],
	["with a literal template", template({ templateFrom: [{ literal: function_ }] })],
	[
		"with a function in a rewritten key",
		{ secretStoreRef: own, dataFrom: [{ ...get, rewrite: [{ transform: { template: function_ } }] }] },
	],
	["that never rests", { secretStoreRef: own, dataFrom: [get], refreshInterval: "1ms" }],
];
