import { expect, test } from "vitest";
import { whoCan } from "../../../review/reach/who-can.ts";
import { bindingBlock, roleBlock, rule } from "./rbac-world.ts";
import { type Written, worldWith } from "./reach-world.ts";

const jane = { kind: "User", name: "jane" };
const bound = (role: string, subject: string, namespace?: string): Written =>
	bindingBlock({
		name: `${role}-${subject}`,
		namespace,
		role: { kind: "ClusterRole", name: role },
		subjects: [{ ...jane, name: subject }],
	});
const policy = (name: string, paths: object): Written => [
	"vault_policy",
	name,
	{ name, policy: JSON.stringify({ path: paths }) },
];
const login = (namespace: string, name: string): Written => [
	"vault_kubernetes_auth_backend_role",
	namespace,
	{
		bound_service_account_namespaces: [namespace],
		bound_service_account_names: ["*"],
		token_policies: [name],
	},
];
const read = { capabilities: ["read"] };
const all = { capabilities: ["create", "read", "update", "delete", "list", "sudo"] };
const world = worldWith(
	roleBlock({ name: "secrets", rules: [rule("get", "", "secrets")] }),
	roleBlock({ name: "jobs", rules: [rule("create", "batch", "jobs")] }),
	bound("secrets", "ann", "shop"),
	bound("secrets", "ben", "shop-dev"),
	bound("secrets", "cleo"),
	bound("jobs", "dora", "shop"),
	bound("cluster-admin", "ed"),
	bound("cluster-admin", "fay", "forum"),
	policy("bob", { "secret/data/bob": read }),
	policy("bobs", { "secret/data/bobs": read }),
	policy("all", { "*": all }),
	login("shop", "bob"),
	login("forum", "bobs"),
	login("ops", "all"),
	["helm_release", "chart", { name: "app", namespace: "shop", chart: "app" }],
);
const sentences = (...question: Parameters<typeof whoCan> extends [unknown, ...infer Rest] ? Rest : never) =>
	whoCan(world, ...question).map(({ sentence }) => sentence);
const unknown = "chart app of release shop/app may grant what its templates say";

test("an entry is read by those whose policy names it, and by those who may do everything", () => {
	expect(sentences("read", "secret/bob")).toEqual([
		"pods of namespace ops may do everything in Vault",
		"pods of namespace shop may read secret/bob",
		unknown,
	]);
});

test("Secrets of a namespace are read by those who may, there or everywhere, and by those who start pods", () => {
	expect(sentences("read", "namespace/shop")).toEqual([
		"user cleo may read Secrets of every namespace",
		"user ed may do everything in the cluster",
		"user ann may read Secrets of namespace shop",
		unknown,
		"user dora may run pods in namespace shop",
	]);
});

test("something that nothing speaks of is an error with what there is", () => {
	expect(() => whoCan(world, "read", "secret/bo")).toThrow(
		"nobody can read secret/bo, and nothing of the site speaks of it: expected an entry of Vault or namespace/<name>, such as secret/bob, secret/bobs",
	);
	expect(() => whoCan(world, "reach", "x.example.org")).toThrow(
		"expected a host, <namespace>/<workload> or port/<number>",
	);
});
