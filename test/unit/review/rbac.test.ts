import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mayRequest } from "../../../review/reach/rbac-grants.ts";
import { reachChanges, reachOf } from "../../../review/reach/reach.ts";
import { boundActor } from "../../../review/reach/subjects.ts";
import {
	type BindingModel,
	bindingBlock,
	blocksOf,
	namespaces,
	type RoleModel,
	rbacModels,
	roleBlock,
	rule,
} from "./rbac-world.ts";
import { holdsOfEveryWorld, said, type Written, worldWith } from "./reach-world.ts";

const app = { kind: "ServiceAccount", name: "app", namespace: "shop" };
const clusterRole = { kind: "ClusterRole", name: "r" } as const;

/** What an account, or somebody else, gains by a role that is bound in namespace `shop`, or in the whole cluster. */
function gains(
	rules: RoleModel["rules"],
	subject: BindingModel["subjects"][number] = app,
	namespace: string | undefined = "shop",
): readonly string[] {
	const binding = bindingBlock({ name: "b", namespace, role: clusterRole, subjects: [subject] });
	const role = roleBlock({ name: "r", rules });
	return said(worldWith(role), worldWith(role, binding)).gained;
}

const inCluster = (subject: BindingModel["subjects"][number], ...rules: RoleModel["rules"]) => {
	const binding = bindingBlock({ name: "b", role: clusterRole, subjects: [subject] });
	return said(undefined, worldWith(roleBlock({ name: "r", rules }), binding)).gained;
};

describe("a role", () => {
	test.for<[what: string, rules: RoleModel["rules"], gained: string[]]>([
		[
			"says verbs and kinds",
			[rule("get list", "apps", "deployments statefulsets")],
			[
				"look: service account shop/app may get and list deployments.apps and statefulsets.apps in namespace shop",
			],
		],
		[
			"opens the Secrets of its namespace",
			[rule("get", "", "secrets")],
			["own-secrets: service account shop/app may read Secrets of namespace shop"],
		],
		[
			"that can start a pod says so, whichever kind starts it",
			[rule("create", "batch", "jobs")],
			["escalation: service account shop/app may run pods in namespace shop"],
		],
		[
			"with a star opens what the star stands for",
			[rule("*", "", "secrets")],
			[
				"escalation: service account shop/app may change Secrets of namespace shop",
				"own-secrets: service account shop/app may read Secrets of namespace shop",
				"change: service account shop/app may do everything with secrets in namespace shop",
			],
		],
		[
			"of one object says which",
			[rule("get", "", "secrets", "db")],
			["own-secrets: service account shop/app may read Secrets of namespace shop, only db"],
		],
		[
			"for everything is one fact",
			[rule("*", "*", "*")],
			["escalation: service account shop/app may do everything in namespace shop"],
		],
		["of what no namespace has grants nothing in one", [rule("create", "", "nodes/proxy")], []],
	])("%s", ([, rules, gained]) => {
		expect(gains(rules)).toEqual(gained);
	});

	test("in the whole cluster is worse than in a namespace, and another's Secrets are worse than one's own", () => {
		expect(inCluster(app, rule("get", "", "secrets"))).toEqual([
			"cluster: service account shop/app may read Secrets of every namespace",
		]);
		expect(gains([rule("get", "", "secrets")], { kind: "User", name: "jane" })).toEqual([
			"secrets: user jane may read Secrets of namespace shop",
		]);
		expect(inCluster({ kind: "Group", name: "system:unauthenticated" }, rule("get", "", "secrets"))).toEqual([
			"public: anybody without a login may read Secrets of every namespace",
		]);
	});

	test("that no document has is unknown", () => {
		const binding = bindingBlock({
			name: "b",
			namespace: "shop",
			role: { kind: "ClusterRole", name: "theirs" },
			subjects: [app],
		});
		expect(said(undefined, worldWith(binding)).gained).toEqual([
			"unknown: service account shop/app may use role theirs in namespace shop, whose rules are in no document",
		]);
	});

	test("takes in what is aggregated into it, and so does a role of Kubernetes", () => {
		const part = (into: string): Written =>
			roleBlock({
				name: "part",
				labels: { [`rbac.authorization.k8s.io/aggregate-to-${into}`]: "true" },
				rules: [rule("get", "example.org", "widgets")],
			});
		const binding = bindingBlock({
			name: "b",
			namespace: "shop",
			role: { kind: "ClusterRole", name: "admin" },
			subjects: [app],
		});
		for (const into of ["view", "edit", "admin"])
			expect(said(worldWith(binding), worldWith(binding, part(into))).gained).toEqual([
				"look: service account shop/app may get widgets.example.org in namespace shop",
			]);
		expect(said(worldWith(binding), worldWith(binding, part("else"))).gained).toEqual([]);
	});
});

test("a right that another grant gives as well is neither gained nor lost", () => {
	const role = roleBlock({ name: "r", rules: [rule("get list", "", "secrets")] });
	const wide = bindingBlock({ name: "wide", role: clusterRole, subjects: [app] });
	const narrow = bindingBlock({ name: "narrow", namespace: "shop", role: clusterRole, subjects: [app] });
	const ofAll = bindingBlock({
		name: "all",
		namespace: "shop",
		role: clusterRole,
		subjects: [{ kind: "Group", name: "system:serviceaccounts:shop" }],
	});
	const none = { gained: [], lost: [] };
	expect(said(worldWith(role, wide), worldWith(role, wide, narrow))).toEqual(none);
	expect(said(worldWith(role, narrow, ofAll), worldWith(role, ofAll))).toEqual(none);
	expect(said(worldWith(role, wide), worldWith(role, narrow))).toEqual({
		gained: [],
		lost: ["service account shop/app may no longer read Secrets of every namespace"],
	});
});

test("a statement names the binding and the role behind it", () => {
	const binding = bindingBlock({ name: "b", namespace: "shop", role: clusterRole, subjects: [app] });
	const { gained } = reachChanges(
		worldWith(),
		worldWith(roleBlock({ name: "r", rules: [rule("get", "", "secrets")] }), binding),
	);
	expect(
		gained.map(({ grants }) => grants.map(({ stack, path, address }) => [stack, path, address])),
	).toEqual([
		[
			["first", "first/-r", "kubernetes_cluster_role_v1.-r"],
			["first", "first/shop-b", "kubernetes_role_binding_v1.shop-b"],
		],
	]);
});

test("facts of roles follow from the set of blocks, and those of a binding go with it", () => {
	holdsOfEveryWorld(rbacModels.map(blocksOf));
}, 30_000);

test("who may read Secrets by the facts may by the decision that the API server shares, and nobody else", () => {
	fc.assert(
		fc.property(rbacModels, (model) => {
			const world = worldWith(...blocksOf(model));
			const facts = reachOf(world);
			for (const subject of subjects)
				for (const namespace of namespaces) {
					const actor = boundActor(world, { ...subject, argument: "" });
					const names = [actor.name, ...actor.partOf];
					const stated = facts.some(
						({ subject: who, verb, object, detail }) =>
							names.includes(who) &&
							((verb === "do everything in" && ["the cluster", `namespace ${namespace}`].includes(object)) ||
								(verb === "read" &&
									detail === "get secrets. " &&
									[`Secrets of namespace ${namespace}`, "Secrets of every namespace"].includes(object))),
					);
					const request = { verb: "get", group: "", resource: "secrets", namespace };
					expect([actor.name, namespace, stated]).toEqual([
						actor.name,
						namespace,
						mayRequest(world, actor, request),
					]);
				}
		}),
		{ numRuns: 60 },
	);
}, 30_000);

const subjects = [
	{ kind: "User", name: "jane", namespace: "" },
	{ kind: "Group", name: "crew", namespace: "" },
	{ kind: "ServiceAccount", name: "app", namespace: "left" },
	{ kind: "ServiceAccount", name: "other", namespace: "right" },
] as const;
