import { describe, expect, test } from "vitest";
import { deployerRules } from "../../../constructs/platform/admission/deployers.ts";
import type { Block } from "../../policy/world.ts";
import { bindingBlock, roleBlock, rule } from "./rbac-world.ts";
import { said, type Written, worldWith } from "./reach-world.ts";

type Fields = { [key: string]: Block };
const gained = (blocks: readonly Written[], before: readonly Written[] = []) =>
	said(worldWith(...before), worldWith(...before, ...blocks)).gained;
const manifest = (kind: string, name: string, spec: Fields): Written => [
	"kubernetes_manifest",
	`${kind}-${name}`,
	{ manifest: { kind, metadata: { name }, spec } },
];
const namespace = (name: string, labels: Fields): Written => [
	"kubernetes_namespace_v1",
	name,
	{ metadata: { name, labels } },
];
const release = (values: object, version = "3.6.0"): Written => [
	"helm_release",
	"ci",
	{ name: "ci", namespace: "ci", chart: "woodpecker", version, values: [JSON.stringify(values)] },
];
const agents = (env: object) => release({ agent: { env } });

describe("CI", () => {
	test.for<[what: string, before: object, after: object, gained: string[]]>([
		[
			"a new administrator",
			{ WOODPECKER_ADMIN: "operator" },
			{ WOODPECKER_ADMIN: "alice,operator" },
			["cluster: CI user alice may administer CI: every repository, pipeline and secret"],
		],
		[
			"registration that opens",
			{ WOODPECKER_OPEN: "false" },
			{ WOODPECKER_OPEN: "true", WOODPECKER_ORGS: "crew", WOODPECKER_REPO_OWNERS: "platform" },
			[
				"escalation: members of organisation crew may log in to CI",
				"escalation: repositories of platform may use CI",
			],
		],
		[
			"registration for everybody",
			{},
			{ WOODPECKER_OPEN: "true" },
			[
				"cluster: everybody at the forge may log in to CI",
				"escalation: every repository of the forge may use CI",
			],
		],
		[
			"a plugin with privileges; its version is none",
			{ WOODPECKER_PLUGINS_PRIVILEGED: "docker.io/a/buildx:6.1.0" },
			{ WOODPECKER_PLUGINS_PRIVILEGED: "docker.io/a/buildx:6.2.0,docker.io/a/other:1" },
			["escalation: plugin docker.io/a/other may run privileged in every pipeline"],
		],
		[
			"an agent that takes every repository",
			{},
			{
				WOODPECKER_BACKEND_K8S_NAMESPACE: "jobs",
				WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP: "true",
			},
			[
				"escalation: pipelines of every repository of CI may act as service accounts of namespace jobs",
				"escalation: pipelines of every repository of CI may run pods in namespace jobs",
			],
		],
		[
			"an agent of one repository and branch",
			{},
			{
				WOODPECKER_BACKEND_K8S_NAMESPACE: "jobs",
				WOODPECKER_AGENT_LABELS: "repo=platform/infra,!tier=infra,!woodpecker-ci.org/commit-branch=main",
			},
			["escalation: pipelines of platform/infra for branch main may run pods in namespace jobs"],
		],
		[
			"pipelines without approval",
			{ WOODPECKER_DEFAULT_APPROVAL_MODE: "all_events" },
			{ WOODPECKER_DEFAULT_APPROVAL_MODE: "forks" },
			["escalation: whoever may push to a repository of CI may run its pipelines without approval"],
		],
	])("%s", ([, before, after, expected]) => {
		const { gained } = said(worldWith(agents(before)), worldWith(agents(after)));
		expect(gained).toEqual(expected);
	});
});

describe("a deployer", () => {
	const bound: readonly Written[] = [
		namespace("shop", { team: "a", "pod-security.kubernetes.io/enforce": "restricted" }),
		roleBlock({ name: "deployer", namespace: "shop", rules: [rule("patch", "apps", "deployments")] }),
		[
			"vault_kubernetes_secret_backend_role",
			"shop",
			{ name: "shop-deployer", allowed_kubernetes_namespaces: ["shop"], kubernetes_role_name: "deployer" },
		],
	];
	const [{ validations = [] } = {}] = deployerRules;
	const policies = (expression: string, labels: Fields, actions: string[]): Written[] => [
		manifest("ValidatingAdmissionPolicy", "p", {
			validations: [{ expression: expression.replace(/[$%](?=\{)/g, "$&$&"), message: "m" }],
		}),
		manifest("ValidatingAdmissionPolicyBinding", "p", {
			policyName: "p",
			validationActions: actions,
			matchResources: { namespaceSelector: { matchLabels: labels } },
		}),
	];
	const images =
		"escalation: tokens of Vault's role shop-deployer may change images of Deployments in namespace shop";
	const pods = "escalation: tokens of Vault's role shop-deployer may run pods in namespace shop";
	const expression = validations[0]?.expression ?? "";

	test.for<[what: string, blocks: Written[], expected: string]>([
		["runs what it wants without a policy", [], pods],
		["changes images under the policy", policies(expression, { team: "a" }, ["Deny"]), images],
		["runs what it wants where the policy is not bound", policies(expression, { team: "b" }, ["Deny"]), pods],
		["runs what it wants where the policy only warns", policies(expression, { team: "a" }, ["Warn"]), pods],
		[
			"runs what it wants under a condition that is not understood",
			policies("true", { team: "a" }, ["Deny"]),
			pods,
		],
	])("%s", ([, blocks, expected]) => {
		const facts = gained([...bound, ...blocks]).filter((one) => one.includes("tokens of Vault"));
		expect(facts).toEqual([expected]);
	});
});

describe("admission", () => {
	const exempt = (...namespaces: string[]) =>
		manifest("ClusterPolicy", "deny-privileged", {
			rules: [
				{
					name: "deny-privileged",
					exclude: { any: [{ resources: { namespaces } }] },
					validate: { message: "containers must not be privileged" },
				},
			],
		});

	test("an exemption says whose, and nothing else has changed", () => {
		expect(said(worldWith(exempt("a")), worldWith(exempt("a", "b")))).toEqual({
			gained: [
				"escalation: pods of namespace b may ignore policy deny-privileged (containers must not be privileged)",
			],
			lost: [],
		});
	});

	test("a policy that goes exempts everybody", () => {
		expect(said(worldWith(exempt("a")), worldWith()).gained).toEqual([
			"escalation: pods of every namespace may ignore policy deny-privileged (containers must not be privileged)",
		]);
	});

	test("of the API server that no longer looks at a namespace says which", () => {
		const shop = namespace("shop", { team: "a", "pod-security.kubernetes.io/enforce": "restricted" });
		const policy = manifest("ValidatingAdmissionPolicy", "hosts", { validations: [{ expression: "true" }] });
		const binding = (team: string, ...actions: string[]) =>
			manifest("ValidatingAdmissionPolicyBinding", "hosts", {
				policyName: "hosts",
				validationActions: actions,
				matchResources: { namespaceSelector: { matchLabels: { team } } },
			});
		const open = ["escalation: requests in namespace shop may ignore policy hosts of the API server"];
		for (const other of [binding("b", "Deny"), binding("a", "Audit")])
			expect(
				said(worldWith(shop, policy, binding("a", "Deny")), worldWith(shop, policy, other)).gained,
			).toEqual(open);
		expect(said(worldWith(shop, policy, binding("a", "Deny")), worldWith(shop)).gained).toEqual(open);
	});

	test("a laxer level of Pod Security says what it opens", () => {
		const level = (name: string) => namespace("shop", { "pod-security.kubernetes.io/enforce": name });
		expect(said(worldWith(level("restricted")), worldWith(level("baseline"))).gained).toEqual([
			"look: pods of namespace shop may run as root",
		]);
		expect(said(worldWith(level("restricted")), worldWith(namespace("shop", {}))).gained).toEqual([
			"escalation: pods of namespace shop may run as root and privileged",
		]);
	});
});

describe("unknown", () => {
	test.for<[what: string, before: Written[], after: Written[], gained: string[]]>([
		[
			"is what a chart grants, and again when its values change",
			[release({ service: { type: "ClusterIP" } })],
			[release({ service: { type: "NodePort" } })],
			["unknown: chart woodpecker of release ci/ci may grant what its templates say"],
		],
		[
			"is what another version of a chart grants",
			[release({}, "3.6.0")],
			[release({}, "3.7.0")],
			["unknown: chart woodpecker of release ci/ci may grant what its templates say"],
		],
		[
			"is what a condition allows",
			[manifest("ValidatingAdmissionPolicy", "p", { validations: [{ expression: "false" }] })],
			[manifest("ValidatingAdmissionPolicy", "p", { validations: [{ expression: "true" }] })],
			["unknown: policy p of the API server may allow what its expressions say"],
		],
		[
			"is a kind that nothing understands",
			[],
			[manifest("IngressRoute", "r", { routes: [] })],
			["unknown: object ingress_route default/r may grant what its kind grants"],
		],
		[
			"is a type that nothing understands",
			[],
			[["vault_token", "t", { policies: ["root"] }]],
			["unknown: block first/t may grant what vault_token grants"],
		],
		[
			"is a patch of what another owns",
			[],
			[["kubernetes_labels", "l", { kind: "Namespace", labels: { team: "a" } }]],
			["unknown: block first/l may change objects as kubernetes_labels says"],
		],
		["is nothing about labels of a node", [], [["kubernetes_labels", "l", { kind: "Node", labels: {} }]], []],
	])("%s", ([, before, after, expected]) => {
		expect(said(worldWith(...before), worldWith(...after))).toEqual({ gained: expected, lost: [] });
	});

	test("ends when the chart does", () => {
		expect(said(worldWith(release({})), worldWith()).lost).toEqual([
			"chart woodpecker of release ci/ci may no longer grant what its templates say",
		]);
	});

	test("is a role that only Terraform knows", () => {
		const role = roleBlock({ name: "r", rules: [rule("get", "", "${local.kind}")] });
		const binding = bindingBlock({
			name: "b",
			namespace: "shop",
			role: { kind: "ClusterRole", name: "r" },
			subjects: [{ kind: "User", name: "jane" }],
		});
		expect(gained([role, binding])).toEqual([
			"unknown: user jane may use role r in namespace shop, whose rules are in no document",
		]);
	});
});
