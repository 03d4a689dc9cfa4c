import { describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { tenantHostsAreApart } from "../../../config/schema/tenant-hosts.ts";
import lab from "../../../config/sites/lab.ts";
import { labZone } from "../../../config/sites/lab-zone.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { mergePatch } from "../../merge-patch.ts";
import { temporaryFolder } from "../../synth.ts";

const zoneId = "1".repeat(32);

describe("a domain of tenants", () => {
	const problems = (domain: string, of: string) => {
		const site = parseSite(lab);
		const network = { ...site.network, domain, tenantHosts: { kind: "apart", domain: of } as const };
		return [...tenantHostsAreApart({ network, dns: site.dns })].map(({ message }) => message);
	};

	test.each([
		["example.org", "example.net"],
		["platform.co.uk", "apps.co.uk"],
		["lab.example.org", "apps.github.io"],
		["one.github.io", "two.github.io"],
		["lab.internal", "apps.example.net"],
	])("of %s may be %s", (domain, of) => {
		expect(problems(domain, of)).toEqual([]);
	});

	test.each([
		["example.org", "example.org"],
		["example.org", "apps.example.org"],
		["lab.example.org", "example.org"],
		["a.platform.co.uk", "b.platform.co.uk"],
		["lab.internal", "apps.lab.internal"],
	])("of %s cannot be %s", (domain, of) => {
		expect(problems(domain, of)).toEqual([expect.stringContaining("for one site")]);
	});

	test("of a site with a provider needs a zone", () => {
		const site = mergePatch(lab, {
			network: { public: labZone.public, tenantHosts: { kind: "apart", domain: "apps.example.net" } },
			dns: labZone.dns,
			mail: { edge: labZone.edge },
		});
		expect(() => parseSite(site)).toThrow("the records of owners' hosts are made in it");
	});
});

test("tenants on a site of their own have hosts, records and a route there", async () => {
	const tunnel = {
		image: "docker.io/cloudflare/cloudflared:2025.8.1",
		replicas: 2,
		origin: "192.0.2.1",
		token: { path: "platform", key: "cloudflare_tunnel_token", version: 1 },
	};
	const site = parseSite(
		mergePatch(lab, {
			network: {
				public: labZone.public,
				tenantHosts: { kind: "apart", domain: "apps.example.net", zoneId },
			},
			dns: labZone.dns,
			mail: { edge: labZone.edge },
			platform: { tunnel },
		}),
	);
	const entry = {
		role: "namespace-owner",
		email: "a@example.com",
		namespaces: ["alice"],
		domains: ["shop"],
	};
	const registry = parseRegistry(JSON.stringify({ alice: entry }));
	const app = new InfraApp({ site, registry, stacks: await loadStacks(), outdir: temporaryFolder() });
	const { documents } = app.check();
	const argumentsOf = (type: string) =>
		documents.flatMap(({ resources }) =>
			resources.filter((one) => one.type === type).map((one) => one.arguments),
		);
	const hosts = argumentsOf("kubernetes_namespace_v1").flatMap(({ metadata }) => {
		const { annotations } = metadata as { annotations?: Record<string, string> };
		return annotations?.["infra/allowed-hosts"] ?? [];
	});
	expect(hosts).toEqual(["shop.apps.example.net"]);
	const records = argumentsOf("cloudflare_dns_record").filter(({ name }) => String(name).startsWith("shop."));
	expect(records).toMatchObject([{ name: "shop.apps.example.net", zone_id: zoneId, type: "CNAME" }]);
	const [tunnelConfig] = argumentsOf("cloudflare_zero_trust_tunnel_cloudflared_config");
	expect(tunnelConfig).toMatchObject({
		config: {
			ingress: [
				{ hostname: "*.lab.example.org" },
				{ hostname: "lab.example.org" },
				{ hostname: "*.apps.example.net" },
				{ service: "http_status:404" },
			],
		},
	});
});
