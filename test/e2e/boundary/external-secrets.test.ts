import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { definitionsPath } from "../../../lab/foreign-kinds.ts";
import { externalSecrets } from "../../../lab/products/external-secrets.ts";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { RunningProduct } from "../harness/running-product.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedPlatform } from "../platform/applied-platform.ts";
import { AppliedVault } from "../vault/applied-vault.ts";
import {
	api,
	hostile,
	object,
	ofApp,
	own,
	path,
	site,
	template,
	unnamed,
} from "./external-secrets-objects.ts";

/** An owner with kubectl attacks the real operator, which may read every Secret of the cluster. */
const ready = needsPrograms(
	...controlPlanePrograms,
	"bao|vault",
	"terraform",
	"external-secrets",
	...externalSecrets.commands,
);

const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
const bob = { role: "namespace-owner", email: "b@example.com", namespaces: ["bob"] };
const registry = { alice, bob };

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-boundary-`));
let world: AppliedVault;
let platform: AppliedPlatform;
let operator: RunningProduct | undefined;
let missing: string | undefined;

const asAlice = async (method: string, to: string, body?: object) => {
	const { status, body: answer } = await platform.as(alice.email, method, to, body);
	return [status, answer.message ?? ""] as const;
};
const refused = (policy: string) => [403, expect.stringContaining(policy)];

beforeAll(async () => {
	if (!ready) return;
	for (const name of ["world", "platform", "operator"]) mkdirSync(join(folder, name));
	world = await AppliedVault.start(join(folder, "world"));
	missing = await world.providersMissing(registry);
	if (missing !== undefined) return;
	operator = await RunningProduct.install(externalSecrets, world.plane, {
		folder: join(folder, "operator"),
		vaultAddress: world.server.address,
	});
	await world.apply(registry);
	platform = await AppliedPlatform.on(world.plane, join(folder, "platform"));
	missing = await platform.providersMissing(registry);
	if (missing !== undefined) return;
	await platform.apply(registry);
	const { plane, server } = world;
	for (const entry of ["platform", "viktor", "traefik", "alice/shop", "bob/shop"])
		await server.must("POST", `secret/data/${entry}`, { data: { password: `of ${entry}` } });
	// Without an audience, as roles were before.
	await server.must("POST", "auth/kubernetes/role/any-token", {
		bound_service_account_names: ["external-secrets"],
		bound_service_account_namespaces: ["external-secrets"],
		token_policies: ["eso-reader"],
	});
	await plane.ask("POST", "/api/v1/namespaces", { metadata: { name: "other" } });
	const stores = `/apis/${api}/clustersecretstores`;
	const keys = { metadata: { name: "key" }, stringData: { key: "opens Vault" } };
	await plane.ask("POST", "/api/v1/namespaces/vault/secrets", keys);
	await operator.start();
	await waitFor(
		"the site's store is ready",
		async () => {
			const { body } = await plane.ask("GET", `${stores}/vault-kv`);
			return body.status?.conditions?.some(({ status }: { status: string }) => status === "True");
		},
		{ within: 60_000, every: 200 },
	);
}, 360_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await operator?.stop();
	await world?.stop();
	rmSync(folder, { recursive: true });
});

/**
 * How an ExternalSecret ended: the reason of its condition, and what is in its Secret.
 *
 * @param expected waited for, since the operator tries again what a store was not ready for
 */
async function ended(
	namespace: string,
	name: string,
	expected: "SecretSynced" | "SecretSyncedError" = "SecretSynced",
) {
	const { plane } = world;
	const reason = await waitFor(
		`${namespace}/${name} is looked at`,
		async () => {
			const { body } = await plane.ask("GET", `${path(namespace, "externalsecrets")}/${name}`);
			const ready = body.status?.conditions?.find(({ type }: { type: string }) => type === "Ready");
			return ready?.reason === expected && ready.reason;
		},
		{ within: 60_000, every: 200 },
	);
	const { status, body } = await plane.ask("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`);
	const data = status === 200 ? (body.data ?? {}) : {};
	const values = Object.values<string>(data).map((value) => Buffer.from(value, "base64").toString());
	return { reason, values };
}

/** What was said of an object: the condition of a refused ExternalSecret does not say why. */
async function said(namespace: string, name: string): Promise<string> {
	const events = `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name%3D${name}`;
	const { body } = await world.plane.ask("GET", events);
	return body.items.map(({ message }: { message: string }) => message).join("\n");
}

const loot = (name: string, spec: object) => object("ExternalSecret", name, spec);

/** What an administrator makes in a namespace that is no tenant's, for the operator to act on. */
async function inOther(
	store: object | undefined,
	external: { metadata: { name: string } },
	expected?: "SecretSynced" | "SecretSyncedError",
) {
	const { plane } = world;
	if (store !== undefined)
		expect((await plane.ask("POST", path("other", "secretstores"), store)).status).toBe(201);
	expect((await plane.ask("POST", path("other", "externalsecrets"), external)).status).toBe(201);
	return ended("other", external.metadata.name, expected);
}

describe("the operator", () => {
	test("copies what the site's store names for the platform", async () => {
		const spec = { secretStoreRef: site, dataFrom: [{ extract: { key: "viktor" } }] };
		expect(await inOther(undefined, loot("viktor", spec))).toEqual({
			reason: "SecretSynced",
			values: ["of viktor"],
		});
	});

	test("reads no entry that the site does not name", async () => {
		const spec = { secretStoreRef: site, dataFrom: [{ extract: { key: "traefik" } }] };
		expect(await inOther(undefined, loot("traefik", spec), "SecretSyncedError")).toEqual({
			reason: "SecretSyncedError",
			values: [],
		});
		await expect
			.poll(() => said("other", "traefik"), { timeout: 60_000 })
			.toMatch(/secret\/data\/traefik[\s\S]*Code: 403/);
	});

	test("logs in with its own token for a store that names no account, and Vault refuses that token", async () => {
		const server = world.server.address;
		const from = (name: string) => ({
			secretStoreRef: { name, kind: "SecretStore" },
			dataFrom: [{ extract: { key: "platform" } }],
		});
		// The attack works where a role takes any token: the refusal below is Vault's, and no accident of this test.
		expect(
			await inOther(unnamed(server, "careless", "any-token"), loot("careless", from("careless"))),
		).toEqual({
			reason: "SecretSynced",
			values: ["of platform"],
		});
		expect(
			await inOther(unnamed(server, "unnamed", "eso"), loot("unnamed", from("unnamed")), "SecretSyncedError"),
		).toEqual({
			reason: "SecretSyncedError",
			values: [],
		});
		await expect
			.poll(() => said("other", "unnamed"), { timeout: 60_000 })
			.toContain("invalid audience (aud) claim");
	});

	test("has a template function that reads any Secret of the cluster", async () => {
		const data = { stolen: '{{ getSecretKey "key" "vault" "key" }}' };
		const spec = {
			secretStoreRef: site,
			target: { template: { data } },
			dataFrom: [{ extract: { key: "viktor" } }],
		};
		expect(await inOther(undefined, loot("function", spec))).toEqual({
			reason: "SecretSynced",
			values: ["opens Vault"],
		});
	});
});

describe("an owner", () => {
	beforeAll(async () => {
		if (operator === undefined || missing !== undefined) return;
		for (const manifest of ofApp(
			world.server.address,
			parseRegistry(JSON.stringify(registry)),
			join(folder, "out"),
		)) {
			const plural = manifest.kind === "SecretStore" ? "secretstores" : "externalsecrets";
			const { status, body } = await world.plane.ask("POST", path("alice", plural), manifest);
			if (status !== 201) throw new Error(JSON.stringify(body));
		}
	});

	test("gets the own entry by the store that the platform makes, as the app's stack writes it", async () => {
		expect(await ended("alice", "shop")).toEqual({ reason: "SecretSynced", values: ["of alice/shop"] });
	});

	test("finds it as the stack wrote it: what the operator writes back would be a change in every plan", async () => {
		await ended("alice", "shop");
		const { body } = await world.plane.ask("GET", `${path("alice", "externalsecrets")}/shop`);
		const written = ofApp(
			world.server.address,
			parseRegistry(JSON.stringify(registry)),
			join(folder, "again"),
		);
		expect(body.metadata.finalizers).toHaveLength(1);
		expect(body.spec).toMatchObject(written.find(({ kind }) => kind === "ExternalSecret")?.spec ?? {});
	});

	test.for(["bob/shop", "platform", "viktor", "alice/../viktor"])("gets nothing of %s by it", async (key) => {
		const name = `of-${key.replaceAll(/[^a-z]+/g, "-")}`;
		const spec = { secretStoreRef: own, dataFrom: [{ extract: { key } }] };
		expect(await asAlice("POST", path("alice", "externalsecrets"), loot(name, spec))).toEqual([201, ""]);
		expect(await ended("alice", name, "SecretSyncedError")).toEqual({
			reason: "SecretSyncedError",
			values: [],
		});
		await expect.poll(() => said("alice", name), { timeout: 60_000 }).toMatch(/Code: 40[03]/);
	});

	test("writes no store, no push and no generator, however the product names and serves them", async () => {
		const { items } = (await world.plane.ask("GET", definitionsPath)).body;
		const tried: string[] = [];
		for (const { spec } of items) {
			const { group, scope, names, versions } = spec;
			if (!group.endsWith("external-secrets.io") || names.plural === "externalsecrets") continue;
			for (const { name: version } of versions.filter(({ served }: { served: boolean }) => served)) {
				const at = scope === "Cluster" ? "" : "/namespaces/alice";
				const body = {
					apiVersion: `${group}/${version}`,
					kind: names.kind,
					metadata: { name: "mine" },
					spec: {},
				};
				const [status] = await asAlice("POST", `/apis/${group}/${version}${at}/${names.plural}`, body);
				tried.push(`${names.kind} ${status}`);
			}
		}
		expect(tried.length).toBeGreaterThan(20);
		// An object that is not valid is refused before admission is asked.
		expect(tried.filter((one) => !/ (403|422)$/.test(one))).toEqual([]);
		const store = unnamed("https://collect.example", "mine", "eso");
		expect(await asAlice("POST", path("alice", "secretstores"), store)).toEqual(refused("'tenant-kinds'"));
		expect(await asAlice("PATCH", `${path("alice", "secretstores")}/shop`, { spec: store.spec })).toEqual(
			refused("'tenant-kinds'"),
		);
		expect(await asAlice("DELETE", `${path("alice", "secretstores")}/shop`)).toEqual(
			refused("'tenant-kinds'"),
		);
		const dynamic = {
			apiVersion: "generators.external-secrets.io/v1alpha1",
			kind: "VaultDynamicSecret",
			metadata: { name: "mine" },
			spec: {
				path: "/database/static-creds/pg-woodpecker",
				method: "GET",
				provider: {
					server: world.server.address,
					auth: { kubernetes: { mountPath: "kubernetes", role: "eso" } },
				},
			},
		};
		const generators = path("alice", "vaultdynamicsecrets", dynamic.apiVersion);
		expect(await asAlice("POST", generators, dynamic)).toEqual(refused("'tenant-kinds'"));
	});

	test.for(hostile)("makes no ExternalSecret %s", async ([, spec]) => {
		const to = path("alice", "externalsecrets");
		const refusal = refused("'tenant-secret-stores'");
		expect(await asAlice("POST", to, loot("bad", spec))).toEqual(refusal);
		expect(await asAlice("POST", `${to}?dryRun=All`, loot("bad", spec))).toEqual(refusal);
		expect(await asAlice("PATCH", `${to}/shop`, { spec })).toEqual(refusal);
	});

	test("shapes the own values by templates that only convert them", async () => {
		const data = { url: "postgres://shop:{{ .password | urlquery }}@db/{x}", plain: "{{- .password -}}" };
		const spec = { ...template({ data }), refreshInterval: "1h" };
		expect(await asAlice("POST", path("alice", "externalsecrets"), loot("shaped", spec))).toEqual([201, ""]);
		expect((await ended("alice", "shaped")).values.sort()).toEqual([
			"of alice/shop",
			"postgres://shop:of+alice%2Fshop@db/{x}",
		]);
	});

	test("gets no token of an account by a Secret that the operator makes", async () => {
		const spec = template({
			type: "kubernetes.io/service-account-token",
			metadata: { annotations: { "kubernetes.io/service-account.name": "secrets-reader" } },
		});
		expect(await asAlice("POST", path("alice", "externalsecrets"), loot("token", spec))).toEqual([201, ""]);
		expect(await ended("alice", "token", "SecretSyncedError")).toEqual({
			reason: "SecretSyncedError",
			values: [],
		});
		await expect.poll(() => said("alice", "token"), { timeout: 60_000 }).toContain("tenant-token-secrets");
	});
});
