import { describe, expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import home from "../../../config/sites/home.ts";
import { reachChanges } from "../../../review/reach/reach.ts";
import type { Block } from "../../policy/world.ts";
import { said, type Written, worldWith } from "./reach-world.ts";

const site = parseSite(home);
const domain = site.network.domain;
const { ipv4 = "" } = site.network.public ?? {};
const onHome = (...blocks: readonly Written[]) => ({ ...worldWith(...blocks), site });
/** What blocks open on the site `home`, beside what others have there. */
const gained = (blocks: readonly Written[], before: readonly Written[] = []) =>
	said(onHome(...before), onHome(...before, ...blocks)).gained;

const record = (name: string, type: string, content: string): Written => [
	"cloudflare_dns_record",
	`${name}-${type}-${content}`,
	{ zone_id: "0", name, type, content },
];
const tunnelled = (name: string) => record(name, "CNAME", "0.cfargotunnel.com");
const tunnel = (...routes: readonly { readonly [key: string]: Block }[]): Written => [
	"cloudflare_zero_trust_tunnel_cloudflared_config",
	"tunnel",
	{ config: { ingress: [...routes, { service: "http_status:404" }] } },
];
const toController = tunnel({ hostname: `*.${domain}`, service: "https://10.0.20.200:443" });
const ingress = (host: string, ...middlewares: readonly string[]): Written => [
	"kubernetes_ingress_v1",
	host,
	{
		metadata: {
			name: "web",
			namespace: "shop",
			annotations: {
				"traefik.ingress.kubernetes.io/router.middlewares": middlewares
					.map((name) => `traefik-${name}@kubernetescrd`)
					.join(","),
			},
		},
		spec: {
			ingress_class_name: "traefik",
			rule: [{ host, http: { path: [{ path: "/", backend: {} }] } }],
		},
	},
];
const login = "authentik-forward-auth";
const web = `web.${domain}`;

describe("a host", () => {
	test.for<[what: string, blocks: Written[], gained: string[]]>([
		[
			"without a record is known inside only",
			[ingress(web)],
			[`network: the site's networks may reach https://${web}`],
		],
		[
			"with a public address is open to the Internet",
			[ingress(web), record(web, "A", ipv4)],
			[`public: the Internet may reach https://${web}`],
		],
		[
			"behind the tunnel is open to the Internet",
			[ingress(web), tunnelled(web), toController],
			[`public: the Internet may reach https://${web}`],
		],
		[
			"with a login is open to those who have one",
			[ingress(web, login), tunnelled(web), toController],
			[`network: everybody whom the identity provider lets in may reach https://${web}`],
		],
		[
			"for local clients stays inside",
			[ingress(web, "local-only"), record(web, "A", ipv4)],
			[`network: the site's networks may reach https://${web}`],
		],
		[
			"below a wildcard is public, and so is what nobody has named",
			[ingress(web), record(`*.${domain}`, "A", ipv4)],
			[
				`public: the Internet may reach https://*.${domain}, whatever serves it in the cluster`,
				`public: the Internet may reach https://${web}`,
			],
		],
		[
			"with a record of its own is not below the wildcard",
			[ingress(web), record(`*.${domain}`, "A", ipv4), record(web, "A", "198.51.100.7")],
			[
				`public: the Internet may reach https://*.${domain}, whatever serves it in the cluster`,
				`public: the Internet may reach ${web} at 198.51.100.7`,
				`network: the site's networks may reach https://${web}`,
			],
		],
		[
			"by an alias of an alias leads where that leads",
			[ingress(web), record(web, "CNAME", `other.${domain}`), record(`other.${domain}`, "A", ipv4)],
			[
				`public: the Internet may reach https://other.${domain}, whatever serves it in the cluster`,
				`public: the Internet may reach https://${web}`,
			],
		],
		[
			"that the tunnel leads past the controller has no login whatever the Ingress says",
			[tunnelled(web), tunnel({ hostname: web, service: "http://10.0.20.9:80" })],
			[`public: the Internet may reach https://${web}, which the tunnel leads to http://10.0.20.9:80`],
		],
		["without a route of the tunnel leads nowhere", [tunnelled(web), tunnel()], []],
		["that is no host name is none", [record(`_dmarc.${domain}`, "CNAME", "dmarc.example.org")], []],
		[
			"of another class is unknown",
			[
				[
					...ingress(web).slice(0, 2),
					{ ...ingress(web)[2], spec: { ingress_class_name: "other", rule: [] } },
				] as unknown as Written,
			],
			["unknown: the Internet may reach what Ingress shop/web serves, whose class other is not the site's"],
		],
	])("%s", ([, blocks, expected]) => {
		expect(gained(blocks).sort()).toEqual([...expected].sort());
	});

	test("that loses its login is newly open to the Internet, and nobody loses it", () => {
		const names = [tunnelled(web), toController];
		expect(said(onHome(...names, ingress(web, login)), onHome(...names, ingress(web)))).toEqual({
			gained: [`public: the Internet may reach https://${web}`],
			lost: [],
		});
		expect(said(onHome(...names, ingress(web)), onHome(...names, ingress(web, login)))).toEqual({
			gained: [],
			lost: [`the Internet may no longer reach https://${web}`],
		});
	});

	test("names the Ingress, the record and the tunnel", () => {
		const { gained } = reachChanges(onHome(), onHome(ingress(web), tunnelled(web), toController));
		expect(gained.map(({ grants }) => grants.map(({ type }) => type))).toEqual([
			["cloudflare_dns_record", "cloudflare_zero_trust_tunnel_cloudflared_config", "kubernetes_ingress_v1"],
		]);
	});
});

describe("a port", () => {
	const service = (spec: { [key: string]: Block }): Written => [
		"kubernetes_service_v1",
		"s",
		{ metadata: { name: "web", namespace: "shop" }, spec },
	];
	const namespace: Written = ["kubernetes_namespace_v1", "shop", { metadata: { name: "shop" } }];

	test.for<[what: string, spec: { [key: string]: Block }, gained: string[]]>([
		["of the cluster only is no news", { port: [{ port: 80 }] }, []],
		[
			"of every node",
			{ type: "NodePort", port: [{ port: 80, node_port: 30080 }] },
			["network: the site's networks may reach port 30080 of every node (Service shop/web)"],
		],
		[
			"that Kubernetes chooses",
			{ type: "NodePort", port: [{ port: 80 }] },
			["network: the site's networks may reach a port of every node for Service shop/web at TCP 80"],
		],
		[
			"of a load balancer",
			{ type: "LoadBalancer", allocate_load_balancer_node_ports: false, port: [{ port: 80 }] },
			["network: the site's networks may reach the load balancer of Service shop/web at TCP 80"],
		],
		[
			"of an address",
			{ external_ips: ["10.0.20.9"], port: [{ port: 80, protocol: "UDP" }] },
			["network: the site's networks may reach address 10.0.20.9 of Service shop/web at UDP 80"],
		],
	])("%s", ([, spec, expected]) => {
		expect(gained([service(spec)], [namespace])).toEqual(expected);
	});

	test("of the node that a pod opens", () => {
		const pod: Written = [
			"kubernetes_daemon_set_v1",
			"d",
			{
				metadata: { name: "agent", namespace: "shop" },
				spec: {
					template: {
						spec: {
							host_network: true,
							container: [{ name: "a", port: [{ container_port: 9, host_port: 9 }] }],
						},
					},
				},
			},
		];
		expect(gained([pod], [namespace])).toEqual(
			expect.arrayContaining([
				"network: the site's networks may reach every port that pods of shop/agent open on their node and port 9 of the node of pods of shop/agent",
			]),
		);
	});

	test("of the mail edge is open to the Internet", () => {
		const { gained } = reachChanges(undefined, onHome());
		expect(gained.filter(({ risk }) => risk === "public").map(({ sentence }) => sentence)).toEqual([
			"the Internet may reach port 25 of the site (mail listener smtp), 465 of the site (mail listener smtps), 587 of the site (mail listener sub) and 993 of the site (mail listener imaps)",
		]);
	});
});
