import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connection, type End, isolationBy } from "../../../review/reach/network-decision.ts";
import { networkPolicies } from "../../../world/network-policies.ts";
import type { Block } from "../../policy/world.ts";
import { holdsOfEveryWorld, said, type Written, worldWith } from "./reach-world.ts";

type Fields = { [key: string]: Block };

const namespaceOf = (name: string, labels: Fields = {}): Written => [
	"kubernetes_namespace_v1",
	name,
	{ metadata: { name, labels } },
];
const policy = (namespace: string, name: string, spec: Fields): Written => [
	"kubernetes_network_policy_v1",
	`${namespace}-${name}`,
	{ metadata: { name, namespace }, spec },
];
/** A level of Pod Security that leaves nothing open. */
const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
const labelled = (labels: Fields) => ({ match_labels: labels });

const pod = (
	namespace: string,
	labels: Record<string, string>,
	namespaceLabels: Record<string, string> = {},
): End => ({
	namespace,
	labels,
	namespaceLabels: { "kubernetes.io/metadata.name": namespace, ...namespaceLabels },
	portNames: { web: 80 },
});
const address = (cidr: string): End => ({ cidr: `${cidr}/32` });
const web = { protocol: "TCP", number: 80 };

/** The table of the example of the documentation, "The NetworkPolicy resource". */
const documented = policy("default", "test-network-policy", {
	pod_selector: labelled({ role: "db" }),
	policy_types: ["Ingress", "Egress"],
	ingress: [
		{
			from: [
				{ ip_block: { cidr: "172.17.0.0/16", except: ["172.17.1.0/24"] } },
				{ namespace_selector: labelled({ project: "myproject" }) },
				{ pod_selector: labelled({ role: "frontend" }) },
			],
			ports: [{ protocol: "TCP", port: "6379" }],
		},
	],
	egress: [{ to: [{ ip_block: { cidr: "10.0.0.0/24" } }], ports: [{ protocol: "TCP", port: "5978" }] }],
});
const db = pod("default", { role: "db" });
const redis = { protocol: "TCP", number: 6379 };

test.for<[what: string, from: End, to: End, port: typeof web, allowed: boolean]>([
	["a pod of its namespace with the label", pod("default", { role: "frontend" }), db, redis, true],
	["one without the label", pod("default", {}), db, redis, false],
	["one with the label in another namespace", pod("other", { role: "frontend" }), db, redis, false],
	["any pod of a namespace with the label", pod("other", {}, { project: "myproject" }), db, redis, true],
	["an address of the block", address("172.17.0.1"), db, redis, true],
	["an address of the block above the exception", address("172.17.2.1"), db, redis, true],
	["an address of the exception", address("172.17.1.1"), db, redis, false],
	["another port", pod("default", { role: "frontend" }), db, web, false],
	[
		"the same port by UDP",
		pod("default", { role: "frontend" }),
		db,
		{ protocol: "UDP", number: 6379 },
		false,
	],
	["the database to the allowed addresses", db, address("10.0.0.7"), { protocol: "TCP", number: 5978 }, true],
	["the database to their other ports", db, address("10.0.0.7"), web, false],
	["the database to others", db, address("10.0.1.7"), { protocol: "TCP", number: 5978 }, false],
	["to a pod that it does not select", pod("other", {}), pod("default", { role: "web" }), web, true],
])("the documented policy, %s: %s", ([, from, to, port, allowed]) => {
	expect(decided([documented], from, to, port)).toBe(allowed);
});

function decided(blocks: readonly Written[], from: End, to: End, port = web): boolean {
	const policies = networkPolicies(worldWith(...blocks));
	return connection(isolationBy(policies), from, to, port, "10.10.0.0/16") !== undefined;
}

const both = ["Ingress", "Egress"];
const anybody = pod("other", {});
const own = pod("shop", {});
const app = pod("shop", { app: "web" });
const frontend = {
	from: [{ namespace_selector: labelled({ user: "alice" }), pod_selector: labelled({ role: "client" }) }],
};
const either = {
	from: [{ namespace_selector: labelled({ user: "alice" }) }, { pod_selector: labelled({ role: "client" }) }],
};
const client = (namespace: string, user?: string) => pod(namespace, { role: "client" }, user ? { user } : {});

test.for<[what: string, specs: Fields[], from: End, to: End, allowed: boolean]>([
	["no policy", [], anybody, app, true],
	["default deny all ingress", [{ pod_selector: {}, policy_types: ["Ingress"] }], anybody, app, false],
	[
		"default deny all ingress, outwards",
		[{ pod_selector: {}, policy_types: ["Ingress"] }],
		app,
		anybody,
		true,
	],
	["allow all ingress", [{ pod_selector: {}, policy_types: ["Ingress"], ingress: [{}] }], anybody, app, true],
	["default deny all egress", [{ pod_selector: {}, policy_types: ["Egress"] }], app, anybody, false],
	["default deny all egress, inwards", [{ pod_selector: {}, policy_types: ["Egress"] }], anybody, app, true],
	["allow all egress", [{ pod_selector: {}, policy_types: ["Egress"], egress: [{}] }], app, anybody, true],
	["default deny all, within", [{ pod_selector: {}, policy_types: both }], own, app, false],
	["no types and no egress isolates ingress only", [{ pod_selector: {} }], app, anybody, true],
	["no types and egress isolates both", [{ pod_selector: {}, egress: [{}] }], anybody, app, false],
	[
		"policies add up",
		[
			{ pod_selector: {}, policy_types: both },
			{ pod_selector: {}, policy_types: ["Ingress"], ingress: [{}] },
		],
		anybody,
		app,
		true,
	],
	["both ends must allow it", [{ pod_selector: {}, policy_types: both, ingress: [{}] }], own, app, false],
	[
		"an empty pod selector is the policy's own namespace",
		[{ pod_selector: {}, ingress: [{ from: [{ pod_selector: {} }] }] }],
		anybody,
		app,
		false,
	],
	[
		"an empty namespace selector is every namespace",
		[{ pod_selector: {}, ingress: [{ from: [{ namespace_selector: {} }] }] }],
		anybody,
		app,
		true,
	],
	[
		"both selectors in one peer must match",
		[{ pod_selector: {}, ingress: [frontend] }],
		client("shop"),
		app,
		false,
	],
	[
		"both selectors in one peer match",
		[{ pod_selector: {}, ingress: [frontend] }],
		client("other", "alice"),
		app,
		true,
	],
	["of two peers one is enough", [{ pod_selector: {}, ingress: [either] }], client("shop"), app, true],
	[
		"the second peer speaks of its own namespace",
		[{ pod_selector: {}, ingress: [either] }],
		client("other"),
		app,
		false,
	],
	[
		"a policy selects by label",
		[{ pod_selector: labelled({ app: "other" }), policy_types: ["Ingress"] }],
		anybody,
		app,
		true,
	],
	[
		"a range of ports",
		[{ pod_selector: {}, ingress: [{ ports: [{ port: "70", end_port: 90 }] }] }],
		anybody,
		app,
		true,
	],
	[
		"outside of a range",
		[{ pod_selector: {}, ingress: [{ ports: [{ port: "81", end_port: 90 }] }] }],
		anybody,
		app,
		false,
	],
	["a port by name", [{ pod_selector: {}, ingress: [{ ports: [{ port: "web" }] }] }], anybody, app, true],
	[
		"a port without number is all of the protocol",
		[{ pod_selector: {}, ingress: [{ ports: [{ protocol: "TCP" }] }] }],
		anybody,
		app,
		true,
	],
	[
		"a port of another protocol",
		[{ pod_selector: {}, ingress: [{ ports: [{ protocol: "UDP" }] }] }],
		anybody,
		app,
		false,
	],
	[
		"a block that covers the pods' network",
		[{ pod_selector: {}, ingress: [{ from: [{ ip_block: { cidr: "0.0.0.0/0" } }] }] }],
		anybody,
		app,
		true,
	],
	[
		"a block that leaves it out",
		[
			{
				pod_selector: {},
				ingress: [{ from: [{ ip_block: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }] }],
			},
		],
		anybody,
		app,
		false,
	],
	[
		"an expression",
		[
			{
				pod_selector: {},
				ingress: [
					{
						from: [
							{
								namespace_selector: {
									match_expressions: [
										{ key: "kubernetes.io/metadata.name", operator: "In", values: ["other"] },
									],
								},
							},
						],
					},
				],
			},
		],
		anybody,
		app,
		true,
	],
	[
		"an expression that excludes",
		[
			{
				pod_selector: { match_expressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
				policy_types: ["Ingress"],
			},
		],
		anybody,
		app,
		true,
	],
])("%s", ([, specs, from, to, allowed]) => {
	const blocks = specs.map((spec, index) => policy("shop", `p${index}`, spec));
	expect(decided(blocks, from, to)).toBe(allowed);
});

test("a policy reads the same from a manifest", () => {
	const manifest: Written = [
		"kubernetes_manifest",
		"p",
		{
			manifest: {
				kind: "NetworkPolicy",
				metadata: { name: "p", namespace: "shop" },
				spec: {
					podSelector: { matchLabels: { app: "web" } },
					ingress: [
						{
							from: [{ namespaceSelector: { matchExpressions: [{ key: "user", operator: "Exists" }] } }],
							ports: [{ port: 80, endPort: 81 }],
						},
					],
				},
			},
		},
	];
	expect(decided([manifest], client("other", "alice"), app)).toBe(true);
	expect(decided([manifest], anybody, app)).toBe(false);
});

describe("in words", () => {
	const deployment: Written = [
		"kubernetes_deployment_v1",
		"web",
		{
			metadata: { name: "web", namespace: "shop" },
			spec: {
				template: {
					metadata: { labels: { app: "web" } },
					spec: { container: [{ name: "web", port: [{ name: "web", container_port: 80 }] }] },
				},
			},
		},
	];
	const shop = [namespaceOf("shop"), namespaceOf("forum"), deployment];
	const closed = policy("shop", "web", { pod_selector: labelled({ app: "web" }), policy_types: ["Ingress"] });
	const letIn = (name: string) =>
		policy("shop", `from-${name}`, {
			pod_selector: labelled({ app: "web" }),
			ingress: [
				{
					from: [{ namespace_selector: labelled({ "kubernetes.io/metadata.name": name }) }],
					ports: [{ port: "80" }],
				},
			],
		});

	test("the first policy closes what was open, and the last one that goes opens it", () => {
		const closes = [
			"all pods with open egress and the site's networks may no longer connect to pods of shop/web",
		];
		expect(said(worldWith(...shop), worldWith(...shop, closed))).toEqual({ gained: [], lost: closes });
		expect(said(worldWith(...shop, closed), worldWith(...shop))).toEqual({
			gained: closes.map((one) => `network: ${one.replace("no longer ", "")}`),
			lost: [],
		});
	});

	test("a policy that lets in one namespace says which, and where", () => {
		expect(said(worldWith(...shop, closed), worldWith(...shop, closed, letIn("forum")))).toEqual({
			gained: ["network: pods of namespace forum may connect to pods of shop/web at TCP 80"],
			lost: [],
		});
	});

	test("a new namespace is told from one that was there, and the pods of a chart from others", () => {
		const denied = policy("new", "all", { pod_selector: {}, policy_types: both });
		expect(
			said(worldWith(...shop, closed), worldWith(...shop, closed, namespaceOf("new", restricted), denied)),
		).toEqual({
			gained: [],
			lost: [],
		});
		const chart = policy("forum", "chart", {
			pod_selector: labelled({ chart: "forum" }),
			ingress: [{ from: [{ pod_selector: {} }] }],
		});
		expect(said(worldWith(...shop, closed), worldWith(...shop, closed, chart)).gained).toContain(
			"network: pods of namespace forum may connect to pods of namespace forum with chart=forum",
		);
	});

	test("a policy that only Terraform knows is unknown", () => {
		const unknown = policy("shop", "p", {
			pod_selector: {},
			ingress: [{ ports: [{ port: "${local.port}" }] }],
		});
		expect(said(worldWith(...shop, closed), worldWith(...shop, closed, unknown)).gained).toContain(
			"unknown: network policy shop/p may allow what only Terraform knows",
		);
	});
});

const peer = fc.constantFrom<Fields>(
	{ pod_selector: {} },
	{ namespace_selector: {} },
	{ namespace_selector: labelled({ team: "a" }) },
	{ pod_selector: labelled({ app: "web" }) },
	{ ip_block: { cidr: "10.0.0.0/8", except: ["10.10.0.0/16"] } },
);
const rule = fc.record(
	{
		from: fc.array(peer, { maxLength: 2 }),
		ports: fc.constantFrom([{ port: "80" }], [{ port: "80", end_port: 90 }]),
	},
	{ requiredKeys: [] },
);
const policies = fc.array(
	fc.record({
		namespace: fc.constantFrom("shop", "forum"),
		spec: fc.record({
			pod_selector: fc.constantFrom<Fields>({}, labelled({ app: "web" })),
			policy_types: fc.constantFrom<string[][]>(["Ingress"], ["Ingress", "Egress"]),
			ingress: fc.array(rule, { maxLength: 2 }),
		}),
	}),
	{ minLength: 1, maxLength: 3 },
);

test("facts of network policies follow from the set of blocks", () => {
	holdsOfEveryWorld(
		policies.map((list) => [
			...list.map(({ namespace, spec }, index) => policy(namespace, `p${index}`, spec as unknown as Fields)),
			namespaceOf("shop", { team: "a" }),
			namespaceOf("forum"),
		]),
	);
}, 30_000);
