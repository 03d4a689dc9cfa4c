import { describe, expect, test } from "vitest";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { Site } from "../../../config/schema/site.ts";
import { loadStack } from "../../../stacks/catalogue.ts";
import type { Json, StackDocument } from "../../../world/world.ts";
import { at, only, testApp } from "../../synth.ts";

const platform = await loadStack("platform");

const lab = await loadSite("lab");
const home = await loadSite("home");
const person = (name: string, more: object = {}) => ({
	role: "namespace-owner",
	email: `${name}@example.com`,
	namespaces: [name],
	...more,
});

async function synthesised(entries: object, site: Site = lab): Promise<StackDocument> {
	const app = await testApp([platform], site, parseRegistry(JSON.stringify(entries)));
	const { documents, findings } = app.check();
	expect(findings).toEqual([]);
	const [document] = documents;
	if (document === undefined) throw new Error("there is no stack");
	return document;
}

/** Names of all objects of a type, with the namespace where they have one. */
function names({ resources }: StackDocument, type: string): string[] {
	return resources
		.filter((resource) => resource.type === type)
		.map((resource) => {
			const { name, namespace } = resource.arguments.metadata as Record<string, Json>;
			return namespace === undefined ? String(name) : `${namespace}/${name}`;
		})
		.sort();
}

describe("a namespace that two owners share", () => {
	const team = () =>
		synthesised({
			alice: person("alice", { namespaces: ["crew"] }),
			bob: person("bob", { namespaces: ["crew"] }),
		});

	test("has one quota and a binding for each", async () => {
		const document = await team();
		expect(names(document, "kubernetes_resource_quota_v1")).toEqual([
			"crew/priority-guard",
			"crew/user-quota",
		]);
		expect(names(document, "kubernetes_role_binding_v1")).toEqual([
			"crew/namespace-owner-alice",
			"crew/namespace-owner-bob",
		]);
	});

	test("is made elsewhere", async () => {
		expect(names(await team(), "kubernetes_namespace_v1")).toEqual([]);
	});
});

describe("bindings", () => {
	test("are nobody's who is disabled", async () => {
		const document = await synthesised({
			alice: person("alice", { disabled: true }),
			carol: { role: "power-user", email: "c@example.com", disabled: true },
			dave: { role: "admin", email: "d@example.com", disabled: true },
		});
		expect(names(document, "kubernetes_cluster_role_binding_v1")).toEqual([]);
		expect(names(document, "kubernetes_role_binding_v1")).toEqual([]);
		expect(names(document, "kubernetes_resource_quota_v1")).toContain("alice/user-quota");
	});

	test("stay the same bytes for the same registry in another order", async () => {
		const [alice, bob] = [person("alice"), person("bob")];
		const one = await synthesised({ alice, bob });
		const other = await synthesised({ bob, alice });
		expect(JSON.stringify(one.json)).toBe(JSON.stringify(other.json));
	});
});

describe("what every owner sees of the cluster", () => {
	const seen = async (ownersSeeWorkloads: boolean) => {
		const site = { ...lab, platform: { ...lab.platform, ownersSeeWorkloads } };
		const { resources } = await synthesised({ alice: person("alice") }, site);
		const role = resources.find(({ path }) => path.endsWith("/oidc-namespace-owner-readonly"));
		return JSON.stringify(role?.arguments.rule);
	};

	test("is no workload of others", async () => {
		expect(await seen(false)).not.toContain("pods");
	});

	test("may be workloads, and never ConfigMaps", async () => {
		const rules = await seen(true);
		expect(rules).toContain("pods");
		expect(rules).not.toContain("configmaps");
	});
});

describe("the way in from the Internet", () => {
	const owners = { alice: person("alice", { domains: ["shop"] }) };

	test("leads each host of a tenant through the tunnel", async () => {
		const { resources } = await synthesised(owners, home);
		const record = resources.find(({ path }) => path.includes("owner-alice/host-shop"));
		expect(record?.arguments).toMatchObject({
			name: "shop.viktorbarzin.me",
			type: "CNAME",
			content: "00000000-0000-0000-0000-000000000000.cfargotunnel.com",
			proxied: true,
			ttl: 1,
		});
	});

	test("ends at the ingress controller for hosts of the domain, and nowhere for others", async () => {
		const config = only(await synthesised(owners, home), "cloudflare_zero_trust_tunnel_cloudflared_config");
		const rules = at(config, "config.ingress") as { hostname?: string; service: string }[];
		expect(rules.map(({ hostname, service }) => [hostname, service])).toEqual([
			["*.viktorbarzin.me", "https://10.0.20.200:443"],
			["viktorbarzin.me", "https://10.0.20.200:443"],
			[undefined, "http_status:404"],
		]);
	});

	test("has no record on a site without a zone", async () => {
		const { resources } = await synthesised(owners);
		expect(resources.filter(({ type }) => type.startsWith("cloudflare_"))).toEqual([]);
	});
});

test("while Vault is not initialised, the stack asks nobody for the registry and keeps the tiers", async () => {
	const site = { ...home, vault: { ...home.vault, phase: "server" as const } };
	const [document] = (await testApp([platform], site)).check().documents;
	if (document === undefined) throw new Error("there is no stack");
	expect(names(document, "kubernetes_priority_class_v1")).toHaveLength(6);
	expect(names(document, "kubernetes_cluster_role_binding_v1")).toEqual([]);
	expect(document.resources.filter(({ type }) => type.startsWith("vault_"))).toEqual([]);
});
