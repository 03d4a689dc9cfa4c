import { App, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { expect, it } from "vitest";
import { checkWorld, listWaivers, reviewWorld } from "../../rules/check-world.ts";
import { type Rule, worldRule } from "../../rules/rule.ts";
import { waive } from "../../world/waiver.ts";
import type { World } from "../../world/world.ts";
import { worldOf } from "./world.ts";

const why = "the image is rebuilt nightly on purpose";
const untagged = { spec: { container: [{ name: "main", image: "web" }] } };

/** Two untagged pods, at `first/shop/web` and `first/shopping`, with the constructs behind them. */
function scene(): { app: App; shop: Construct; shopping: Construct; world: World } {
	const app = new App();
	const stack = new TerraformStack(app, "first");
	const shop = new Construct(stack, "shop");
	new Construct(shop, "web");
	const shopping = new Construct(stack, "shopping");
	const pod = (path: string) => ({
		metadata: { name: path },
		...untagged,
		"//": { metadata: { path } },
	});
	const pods = { web: pod("first/shop/web"), shopping: pod("first/shopping") };
	return { app, shop, shopping, world: worldOf({ resource: { kubernetes_pod_v1: pods } }) };
}

const places = (app: App, world: World) =>
	checkWorld(app, world).flatMap(({ rule, path }) =>
		rule === "image-pinned" || rule === "waiver-unused" ? [`${rule} ${path}`] : [],
	);

it("reports what is wrong, where, and what to do", () => {
	const { app, world } = scene();
	expect(checkWorld(app, world)).toContainEqual({
		rule: "image-pinned",
		severity: "error",
		stack: "first",
		path: "first/shop/web",
		address: "kubernetes_pod_v1.web",
		argument: "spec.container[0].image",
		message: "image web of container main has no tag",
		remedy: expect.stringContaining("fixed tag"),
	});
});

it("reports a violation outside of every block at the stack", () => {
	const world = worldOf({ terraform: { backend: { local: { path: `${process.cwd()}/state` } } } });
	expect(checkWorld(new App(), world)).toMatchObject([
		{ rule: "no-absolute-path", stack: "first", path: "first", address: "" },
	]);
});

it("suppresses findings at the construct and below, and not at one whose name begins alike", () => {
	const { app, shop, world } = scene();
	waive(shop, "image-pinned", why);
	expect(places(app, world)).toEqual(["image-pinned first/shopping"]);
});

it("suppresses findings at the construct itself", () => {
	const { app, shopping, world } = scene();
	waive(shopping, "image-pinned", why);
	expect(places(app, world)).toEqual(["image-pinned first/shop/web"]);
});

it("suppresses no other rule", () => {
	const { app, shop, world } = scene();
	waive(shop, "memory-set", why);
	expect(places(app, world)).toContain("image-pinned first/shop/web");
});

it("lists every waiver with its justification and what it suppresses", () => {
	const { app, shop, world } = scene();
	waive(shop, "image-pinned", why);
	expect(listWaivers(app, world)).toEqual([
		{ path: "first/shop", rule: "image-pinned", justification: why, findings: 1 },
	]);
});

it("demands that a waiver which suppresses nothing is deleted", () => {
	const { app, shop, world } = scene();
	waive(shop, "no-inline-nfs", why);
	expect(checkWorld(app, world)).toContainEqual(
		expect.objectContaining({
			rule: "waiver-unused",
			severity: "error",
			stack: "first",
			path: "first/shop",
			message: "the waiver of no-inline-nfs on first/shop suppresses nothing",
			remedy: expect.stringContaining("Delete"),
		}),
	);
});

it("credits the innermost of two waivers, so that the outer one is not needed", () => {
	const { app, shop, world } = scene();
	waive(shop, "image-pinned", why);
	const web = shop.node.findChild("web");
	waive(web, "image-pinned", why);
	expect(places(app, world)).toEqual(["image-pinned first/shopping", "waiver-unused first/shop"]);
});

it.each(["", "   because   ", "fourteen chars"])("refuses the justification %j", (justification) => {
	const { shop } = scene();
	expect(() => waive(shop, "image-pinned", justification)).toThrow(
		"waiver of image-pinned on first/shop: expected a justification of at least 15 characters",
	);
});

it("takes a justification of fifteen characters", () => {
	const { app, shop, world } = scene();
	waive(shop, "image-pinned", "fifteen letters");
	expect(listWaivers(app, world)).toHaveLength(1);
});

it("refuses to waive a rule for the whole app", () => {
	expect(() => waive(scene().app, "image-pinned", why)).toThrow("the whole app is too much");
});

it.each([
	{ id: "image-pined", what: "misspelt" },
	{ id: "schema", what: "of a check that nothing may suppress" },
])("reports a waiver whose rule is $what", ({ id }) => {
	const { app, shop, world } = scene();
	waive(shop, id, why);
	expect(checkWorld(app, world)).toContainEqual(
		expect.objectContaining({
			rule: "waiver-unknown",
			severity: "error",
			path: "first/shop",
			message: `the waiver on first/shop names a rule that does not exist: ${id}`,
		}),
	);
});

const broken: Rule = worldRule({
	id: "image-pinned",
	severity: "warning",
	reason: "",
	remedy: "",
	*check({ stacks }) {
		const [subject] = stacks;
		if (subject !== undefined) yield { subject, argument: "", message: "seen before the failure" };
		throw new Error("no such key");
	},
});

it("reports a rule that fails as an error of its own, beside what the rule had found", () => {
	const { app, world } = scene();
	expect(reviewWorld(app, world, [broken]).findings).toMatchObject([
		{ rule: "image-pinned", severity: "warning", message: "seen before the failure" },
		{ rule: "rule-failed", severity: "error", message: "rule image-pinned failed: no such key" },
	]);
});

it("judges no waiver of a rule that fails", () => {
	const { app, shop, world } = scene();
	waive(shop, "image-pinned", why);
	const found = reviewWorld(app, world, [broken]).findings.map(({ rule }) => rule);
	expect(found).toEqual(["image-pinned", "rule-failed"]);
});
