import { describe, expect, test } from "vitest";
import type { Site } from "../../../config/schema/site.ts";
import { tiers } from "../../../config/tiers.ts";
import { Ingress, type IngressProps } from "../../../constructs/kubernetes/ingress.ts";
import { middlewareChain, type Protection } from "../../../constructs/kubernetes/middleware-chain.ts";
import { TieredNamespace } from "../../../constructs/kubernetes/namespace.ts";
import { labWithZone } from "../../lab-with-zone.ts";
import { at, only, synthesise } from "../../synth.ts";

const tile = { name: "The Shop", group: "Other" };

/** The lab with a zone of its own and a host of each kind. */
const site = labWithZone({
	shop: { stack: "platform", records: "proxied", purpose: "Sells things", homePage: tile },
	vpn: { stack: "platform", records: "non-proxied", purpose: "Lets people in" },
	inner: { stack: "platform", records: "none", purpose: "For the LAN" },
});

function ingressOf(props: Partial<IngressProps> = {}, world = site) {
	return synthesise((stack) => {
		const namespace = new TieredNamespace(stack, "namespace", { name: "shop", tier: tiers.aux });
		new Ingress(stack, "ingress", {
			namespace,
			host: "shop",
			backend: { name: "web", ports: { http: 8080 } },
			tlsSecret: "tls-secret",
			protected: false,
			...props,
		});
	}, world);
}

async function annotationsOf(props: Partial<IngressProps> = {}): Promise<Record<string, string>> {
	const resource = only(await ingressOf(props), "kubernetes_ingress_v1");
	return at(resource, "metadata.annotations") as Record<string, string>;
}

const context = { namespace: "traefik", ownPolicy: "shop-custom-csp-shop@kubernetescrd" };

describe("the chain of middlewares", () => {
	const chain = (protection: Protection) =>
		middlewareChain(protection, { ...context, middlewares: site.cluster.ingress.middlewares })
			.map((name) => name.replace(/^traefik-|@kubernetescrd$/g, ""))
			.join(" ");

	test.for<[string, Protection, string]>([
		[
			"an open host",
			{ protected: false },
			"retry error-pages rate-limit csp-headers crowdsec ai-bot-block anti-ai-headers",
		],
		[
			"a protected host",
			{ protected: true },
			"retry error-pages rate-limit csp-headers crowdsec authentik-forward-auth",
		],
		[
			"a protected host that refuses crawlers all the same",
			{ protected: true, antiAi: true },
			"retry error-pages rate-limit csp-headers crowdsec ai-bot-block anti-ai-headers authentik-forward-auth",
		],
		[
			"a host without limits",
			{ protected: false, rateLimit: false, crowdsec: false, antiAi: false },
			"retry error-pages csp-headers",
		],
		[
			"a local host with a policy and a middleware of its own",
			{
				protected: true,
				localOnly: true,
				contentSecurityPolicy: "default-src 'self'",
				middlewares: ["shop-strip@kubernetescrd"],
			},
			"retry error-pages rate-limit crowdsec authentik-forward-auth local-only shop-custom-csp-shop shop-strip",
		],
	])("of %s is in order", ([, protection, expected]) => {
		expect(chain(protection)).toBe(expected);
	});
});

describe("the chain of a site that has few middlewares", () => {
	const none = Object.fromEntries(Object.keys(site.cluster.ingress.middlewares).map((name) => [name, []]));
	const bare = { ...context, middlewares: none as unknown as Site["cluster"]["ingress"]["middlewares"] };

	test.for<[what: string, protection: Protection, missing: string]>([
		["a login", { protected: true }, "login"],
		["the local network alone", { protected: false, localOnly: true }, "localOnly"],
		["a limit", { protected: false, rateLimit: true }, "rateLimit"],
		["banned addresses turned away", { protected: false, crowdsec: true }, "crowdsec"],
		["crawlers turned away", { protected: true, antiAi: true }, "antiAi"],
	])("does not synthesise for a host that asks for %s", ([, protection, missing]) => {
		const middlewares = { ...site.cluster.ingress.middlewares, [missing]: [] };
		expect(() => middlewareChain(protection, { ...context, middlewares })).toThrow(
			`cluster.ingress.middlewares.${missing} is empty, and the host asks for it`,
		);
	});

	test("holds what there is for a host that asks for nothing", () => {
		expect(middlewareChain({ protected: false }, bare)).toEqual([]);
	});

	test("names the middlewares of the site in the controller's namespace", () => {
		const middlewares = { ...bare.middlewares, login: ["sso"], retry: ["try-again"] };
		expect(middlewareChain({ protected: true }, { ...bare, namespace: "edge", middlewares })).toEqual([
			"edge-try-again@kubernetescrd",
			"edge-sso@kubernetescrd",
		]);
	});

	test("leaves the stack of a protected host unbuilt", async () => {
		const { cluster } = site;
		const middlewares = { ...cluster.ingress.middlewares, login: [] };
		const world = { ...site, cluster: { ...cluster, ingress: { ...cluster.ingress, middlewares } } };
		await expect(async () => ingressOf({ protected: true }, world)).rejects.toThrow(
			"cluster.ingress.middlewares.login is empty",
		);
	});
});

describe("an ingress", () => {
	test("serves one host by HTTPS from the only port of its backend", async () => {
		const resource = only(await ingressOf(), "kubernetes_ingress_v1");
		expect(at(resource, "metadata.name")).toBe("shop");
		expect(at(resource, "spec")).toEqual({
			ingress_class_name: "traefik",
			tls: [{ hosts: ["shop.lab.example.org"], secret_name: "tls-secret" }],
			rule: [
				{
					host: "shop.lab.example.org",
					http: {
						path: [
							{
								path: "/",
								path_type: "Prefix",
								backend: { service: { name: "web", port: { number: 8080 } } },
							},
						],
					},
				},
			],
		});
	});

	test("annotates entry point, tile, records and monitor", async () => {
		const { "traefik.ingress.kubernetes.io/router.middlewares": chain, ...others } = await annotationsOf();
		expect(chain).toMatch(/^traefik-retry@kubernetescrd,traefik-error-pages@kubernetescrd,/);
		expect(others).toEqual({
			"traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
			"gethomepage.dev/enabled": "true",
			"gethomepage.dev/name": "The Shop",
			"gethomepage.dev/description": "Sells things",
			"gethomepage.dev/group": "Other",
			"gethomepage.dev/href": "https://shop.lab.example.org",
			"gethomepage.dev/icon": "shop.png",
			"gethomepage.dev/pod-selector": "",
			"cloudflare.lab.example.org/dns-type": "proxied",
			"uptime.lab.example.org/external-monitor": "true",
		});
	});

	test("of a host without records is not watched from outside", async () => {
		expect(await annotationsOf({ host: "inner" })).toMatchObject({
			"cloudflare.lab.example.org/dns-type": "none",
			"uptime.lab.example.org/external-monitor": "false",
		});
	});

	test("tells the monitor what to call it and where to look", async () => {
		expect(await annotationsOf({ externalMonitor: { name: "till", path: "/health" } })).toMatchObject({
			"uptime.lab.example.org/external-monitor-name": "till",
			"uptime.lab.example.org/external-monitor-path": "/health",
		});
	});

	test("that shares its host leaves records, tile and monitor to the other one", async () => {
		const document = await ingressOf({ name: "shop-api", sharesHost: true, paths: ["/api"] });
		const resource = only(document, "kubernetes_ingress_v1");
		expect(Object.keys(at(resource, "metadata.annotations") as object)).toEqual([
			"traefik.ingress.kubernetes.io/router.entrypoints",
			"traefik.ingress.kubernetes.io/router.middlewares",
		]);
		expect(document.resources.map(({ type }) => type)).not.toContain("cloudflare_dns_record");
	});

	test("of its own policy has a middleware that sets it", async () => {
		const document = await ingressOf({ contentSecurityPolicy: "frame-ancestors 'none'" });
		expect(at(only(document, "kubernetes_manifest"), "manifest")).toMatchObject({
			kind: "Middleware",
			metadata: { name: "custom-csp-shop" },
			spec: { headers: { contentSecurityPolicy: "frame-ancestors 'none'" } },
		});
	});
});

describe("the records of an ingress", () => {
	const recordsOf = async (props: Partial<IngressProps>, world = site) =>
		(await ingressOf(props, world)).resources
			.filter(({ type }) => type === "cloudflare_dns_record")
			.map(({ arguments: { type, name, content, proxied, ttl } }) => [type, name, content, proxied, ttl]);

	test("lead a proxied host through the tunnel", async () => {
		expect(await recordsOf({ host: "shop" })).toEqual([
			["CNAME", "shop.lab.example.org", "00000000-0000-0000-0000-000000000000.cfargotunnel.com", true, 1],
		]);
	});

	test("name the public addresses for a host that is not proxied", async () => {
		expect(await recordsOf({ host: "vpn" })).toEqual([
			["A", "vpn.lab.example.org", "203.0.113.10", false, 1],
			["AAAA", "vpn.lab.example.org", "2001:db8::10", false, 1],
		]);
	});

	test("are none for a host without, for one whose records are elsewhere, and in a world without a zone", async () => {
		expect(await recordsOf({ host: "inner" })).toEqual([]);
		expect(await recordsOf({ host: "vpn", ownsRecords: false })).toEqual([]);
		expect(await recordsOf({}, { ...site, dns: { kind: "none" } })).toEqual([]);
	});
});

describe("an ingress is refused", () => {
	test.for<[string, Partial<IngressProps>, string]>([
		["for a host that the site does not list", { host: "sohp" }, 'virtualHosts has no "sohp"; it lists'],
		[
			"for a host of another stack",
			{ host: "vault" },
			"virtualHosts.vault: stack platform serves it, the site gives it to vault",
		],
		["when local clients cannot be told from others", { localOnly: true }, "virtualHosts.shop is proxied"],
		[
			"when its backend has several ports and none is chosen",
			{ backend: { name: "web", ports: { http: 80, metrics: 9090 } } },
			"give one of http, metrics",
		],
		[
			"when an annotation would replace its login",
			{
				protected: true,
				annotations: { "traefik.ingress.kubernetes.io/router.middlewares": "traefik-retry@kubernetescrd" },
			},
			"would take the place of what protects the host",
		],
		["when its backend lacks the port", { port: "https" }, '"https" is none of http'],
	])("%s", async ([, props, message]) => {
		await expect(ingressOf(props)).rejects.toThrow(message);
	});
});
