import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { OwnerApp, type OwnerAppProps } from "../../../constructs/tenants/owner-app.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import type { StackDeclaration } from "../../../stacks/declaration.ts";
import { InfraStack } from "../../../stacks/infra-stack.ts";
import { at, only, synthesise, testApp } from "../../synth.ts";

const vault = await loadStack("vault");

const registry = parseRegistry(
	JSON.stringify({
		alice: {
			role: "namespace-owner",
			email: "a@example.com",
			namespaces: ["alice", "shared"],
			domains: ["shop"],
		},
		bob: {
			role: "namespace-owner",
			email: "b@example.com",
			namespaces: ["bob", "shared"],
			domains: ["blog"],
		},
		gone: {
			role: "namespace-owner",
			email: "g@example.com",
			namespaces: ["gone"],
			domains: ["old"],
			disabled: true,
		},
	}),
);

const shop: OwnerAppProps = {
	owner: "alice",
	namespace: "alice",
	app: "shop",
	image: "registry.example.org/alice/shop:1.0.0",
	port: 8080,
	host: "shop",
};

const app = async (change: Partial<OwnerAppProps> = {}) =>
	synthesise((stack) => new OwnerApp(stack, "app", { ...shop, ...change }), await loadSite("lab"), registry);

/** The app's stack beside the one that makes its namespace. */
async function beside(change: Partial<OwnerAppProps>) {
	const declaration: StackDeclaration = {
		name: "platform",
		purpose: "An app",
		stateTier: 1,
		build: (scope) => {
			const stack = new InfraStack(scope, declaration);
			new OwnerApp(stack, "app", { ...shop, ...change });
			return stack;
		},
	};
	return { declaration, world: await testApp([vault, declaration], await loadSite("lab"), registry) };
}

const refusal = (change: Partial<OwnerAppProps>) =>
	app(change).then(
		() => "accepted",
		(error: Error) => error.message.split("\n").slice(1),
	);

test("its pods are admitted at the level restricted", async () => {
	const deployment = only(await app(), "kubernetes_deployment_v1");
	expect(at(deployment, "spec.template.spec.security_context")).toMatchObject({
		run_as_non_root: true,
		seccomp_profile: { type: "RuntimeDefault" },
	});
	expect(at(deployment, "spec.template.spec.container.security_context")).toMatchObject({
		// Unsaid, the provider writes `false` in the container, against the pod.
		run_as_non_root: true,
		allow_privilege_escalation: false,
		capabilities: { drop: ["ALL"] },
	});
});

test("it asks for little, and never for a limit of CPU", async () => {
	expect(at(only(await app(), "kubernetes_deployment_v1"), "spec.template.spec.container.resources")).toEqual(
		{
			requests: { cpu: "10m", memory: "256Mi" },
			limits: { memory: "256Mi" },
		},
	);
});

test("its host is served with the controller's certificate, and it makes no certificate and no record", async () => {
	const document = await app();
	expect(at(only(document, "kubernetes_ingress_v1"), "spec.tls")).toEqual([
		{ hosts: ["shop.lab.example.org"] },
	]);
	expect(document.resources.map(({ type }) => type).sort()).toEqual([
		"kubernetes_deployment_v1",
		"kubernetes_ingress_v1",
		"kubernetes_service_v1",
	]);
});

test("its secrets are read at run time by the namespace's own reader", async () => {
	const document = await app({ secrets: { DATABASE_URL: "url" } });
	const [store, secret] = ["SecretStore", "ExternalSecret"].map((kind) =>
		document.resources.find((resource) => at(resource, "manifest.kind") === kind),
	);
	if (store === undefined || secret === undefined) throw new Error("store or secret is missing");
	expect(at(store, "manifest.spec.provider.vault.auth.kubernetes")).toMatchObject({
		role: "tenant-secrets-alice",
		serviceAccountRef: { name: "secrets-reader" },
	});
	expect(at(secret, "manifest.spec")).toMatchObject({
		secretStoreRef: { kind: "SecretStore", name: "shop" },
		data: [{ secretKey: "url", remoteRef: { key: "alice/shop", property: "url" } }],
	});
	expect(at(only(document, "kubernetes_deployment_v1"), "spec.template.spec.container.env.0")).toMatchObject({
		name: "DATABASE_URL",
		value_from: { secret_key_ref: { name: "shop", key: "url" } },
	});
});

test("an image that the owner's pipeline sets is not put back", async () => {
	const { json } = await app({ imageFromPipeline: true });
	expect(JSON.stringify(json)).toContain("spec[0].template[0].spec[0].container[0].image");
});

test("the app of somebody who is disabled has no pods, and all else as before", async () => {
	const gone = { owner: "gone", namespace: "gone", host: "old", secrets: { A: "a" } };
	const document = await app(gone);
	expect(at(only(document, "kubernetes_deployment_v1"), "spec.replicas")).toBe("0");
	expect(document.resources.map(({ type }) => type).sort()).toEqual([
		"kubernetes_deployment_v1",
		"kubernetes_ingress_v1",
		"kubernetes_manifest",
		"kubernetes_manifest",
		"kubernetes_service_v1",
	]);
	const { world, declaration } = await beside(gone);
	expect(world.check().findings).toEqual([]);
	expect(world.stacks.map(({ node }) => node.id)).toContain(declaration.name);
});

test.for<[what: string, change: Partial<OwnerAppProps>, reason: string]>([
	[
		"of somebody whom the registry does not know",
		{ owner: "zed" },
		"owner zed: the registry has no such namespace-owner; it has alice, bob, gone",
	],
	["in a namespace that its owner has lost", { namespace: "bob" }, "namespace bob: not of alice"],
	["with a host that its owner has lost", { host: "blog" }, "host blog: not of alice"],
	[
		"with secrets in a namespace that others got too",
		{ namespace: "shared", secrets: { A: "a" } },
		"secrets: shared is shared",
	],
])("the app %s is left out, and the other stacks are written", async ([, change, reason]) => {
	const { world, declaration } = await beside(change);
	expect(world.leftOut).toEqual([{ stack: declaration.name, reason: expect.stringContaining(reason) }]);
	expect(world.check().findings).toMatchObject([{ rule: "app-allowed", severity: "warning" }]);
	world.synth();
	expect(readdirSync(join(world.outdir, "stacks"))).toEqual(["vault"]);
});

test("a fault of the code stops the synthesis, whatever the registry says", async () => {
	await expect(beside({ owner: "zed", port: 80 })).rejects.toThrow("port 80: expected 1024 to 65535");
});

test("the only stack of a world is not left out", async () => {
	expect(await refusal({ owner: "zed" })).toEqual([
		"  owner zed: the registry has no such namespace-owner; it has alice, bob, gone",
	]);
});

test("another owner's namespace and host are refused together", async () => {
	expect(await refusal({ namespace: "bob", host: "blog" })).toEqual([
		"  namespace bob: not of alice, who has alice, shared",
		"  host blog: not of alice, who has shop",
	]);
});

test.for(["registry.example.org/alice/shop", "registry.example.org/alice/shop:latest"])(
	"the image %s has no version",
	async (image) => {
		expect(await refusal({ image })).toEqual([expect.stringContaining(`image ${image}: `)]);
	},
);

test("a port of root is refused", async () => {
	expect(await refusal({ port: 80 })).toEqual(["  port 80: expected 1024 to 65535, for the app is not root"]);
});

test("a shared namespace reads nobody's secrets: each owner could read the other's", async () => {
	expect(await refusal({ namespace: "shared", secrets: { A: "a" } })).toEqual([
		"  secrets: shared is shared, so it reads nobody's secrets; use a namespace that alice has alone",
	]);
});

test("beside the stack that makes its namespace it breaks no rule", async () => {
	const { world } = await beside({ secrets: { DATABASE_URL: "url" } });
	expect(world.check().findings).toEqual([]);
});
