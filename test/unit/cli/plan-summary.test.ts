import { expect, test } from "vitest";
import { type PlanRendering, renderPlan } from "../../../engine/plan/render-plan.ts";
import type { PlanMessage } from "../../../review/finding-class.ts";
import type { TerraformPlan } from "../../../review/plan/plan-json.ts";
import { summarizePlan } from "../../../review/plan/plan-summary.ts";
import { reviewStack } from "../../../review/review-stack.ts";
import { readDocument } from "../../../world/world.ts";
import { worldOf } from "../../policy/world.ts";

const change = (address: string, ...actions: string[]) => ({
	address,
	mode: "managed",
	type: address.split(".")[0] ?? "",
	change: { actions },
});
const summarize = (plan: TerraformPlan) =>
	summarizePlan("redis", plan, (address) => (address === "a.declared" ? "redis/declared" : undefined));
const render = (
	plan: TerraformPlan,
	rendering: PlanRendering = {},
	warnings: readonly PlanMessage[] = [],
) => {
	const summary = summarize(plan);
	const after = { ...worldOf(), stacks: [readDocument("redis", {})] };
	const findings = reviewStack({ summary, warnings, errors: [], before: undefined, after });
	return renderPlan({ summary, findings }, rendering);
};
const actionsOf = (plan: TerraformPlan) => summarize(plan).changes.map(({ action }) => action);

test("every combination of Terraform's actions has one name", () => {
	expect(
		actionsOf({
			resource_changes: [
				change("a.b", "create"),
				change("a.b", "update"),
				change("a.b", "delete"),
				change("a.b", "delete", "create"),
				change("a.b", "create", "delete"),
				change("a.b", "forget"),
				change("a.b", "create", "forget"),
			],
		}),
	).toEqual(["create", "update", "destroy", "replace", "replace", "forget", "create+forget"]);
});

test("what is imported and changed at once is both", () => {
	const importing = (...actions: string[]) => ({
		...change("a.b"),
		change: { actions, importing: { id: "x" } },
	});
	const plan = {
		resource_changes: [importing("no-op"), importing("update"), importing("delete", "create")],
	};
	expect(actionsOf(plan)).toEqual(["import", "import+update", "import+replace"]);
	expect(render(plan)).toContain("  ~ import, then change  a.b");
});

test.for([
	["an action", change("a.b", "frobnicate"), "managed: frobnicate"],
	["a combination", change("a.b", "update", "forget"), "managed: update, forget"],
	["no action", change("a.b"), "managed: no action"],
	["an inherited name", change("a.b", "toString"), "managed: toString"],
	[
		"an import of what ends",
		{ ...change("a.b"), change: { actions: ["delete"], importing: {} } },
		"managed: delete",
	],
	["a mode", { ...change("a.b", "no-op"), mode: "virtual" }, "virtual: no-op"],
] as const)("%s that is not known is told", ([, resource, because]) => {
	const plan = { resource_changes: [resource] };
	expect(summarize(plan).changes).toMatchObject([{ action: "unknown", because: [because] }]);
	expect(render(plan)).toContain(`1 to do something that is not known here
  failure  not-understood
  ? do something that is not known here  a.b  (no longer declared)  because of ${because}
      ! not-understood: the action is not known here: ${because}`);
});

test("a text that is sensitive in one place is told in no other", () => {
	const created = (after: object, after_sensitive: object = {}) => ({
		...change("a.b"),
		change: { actions: ["create"], before: null, after, after_sensitive },
	});
	const text = render({
		resource_changes: [
			created({ password: "correct horse", user: "bob" }, { password: true, user: true }),
			created({ url: "redis://bob:correct horse@redis", note: "bob" }),
		],
		output_changes: { login: { actions: ["create"], before: null, after: "correct horse" } },
	});
	expect(text).not.toContain("horse");
	expect(text).toContain('note: "bob"');
});

test("a part of a plan that is not known is told, and so is what else an apply does", () => {
	const plan = {
		format_version: "1.2",
		complete: false,
		action_invocations: [{ address: "action.acme_reboot.now" }],
		deferred_changes: [{}],
		side_effects: [{}],
	};
	for (const short of [false, true])
		expect(render(plan, { short })).toBe(
			`redis  no changes
  ! not-understood  the plan has a part that is not known here, and so not shown: side_effects
  ! not-understood  an apply also runs the action action.acme_reboot.now
  ! not-understood  1 more wait for another plan after this one
  ! not-understood  the plan is not complete: another one must follow`,
		);
});

test("what was changed outside is told with the names of its arguments", () => {
	const update = { actions: ["update"], before: { size: 1, same: 1 }, after: { size: 2, same: 1 } };
	const plan = {
		resource_drift: [{ ...change("a.declared"), change: update }, change("a.gone", "delete")],
	};
	expect(render(plan)).toBe(
		`redis  no changes
  ! drifted  a.gone      (no longer declared)  was deleted outside
  ! drifted  a.declared  redis/declared  was changed outside: size; this plan leaves it so`,
	);
});

test("what a refresh fills in without a difference is no drift", () => {
	const filled = { actions: ["update"], before: { labels: null, same: 1 }, after: { labels: null, same: 1 } };
	expect(render({ resource_drift: [{ ...change("a.declared"), change: filled }] })).toBe("redis  no changes");
});

test("resources that stay as they are and data that is read are no changes", () => {
	const read = { ...change("data.a.b", "read"), mode: "data" };
	expect(actionsOf({ resource_changes: [change("a.b", "no-op"), read] })).toEqual([]);
});

test("an object that is only taken into the state, or only moved in it, is told", () => {
	const imported = { ...change("a.b"), change: { actions: ["no-op"], importing: { id: "x" } } };
	const moved = { ...change("a.c", "no-op"), previous_address: "a.old" };
	expect(actionsOf({ resource_changes: [imported, moved] })).toEqual(["import", "move"]);
});

test("an instance of a resource is found at the resource's construct", () => {
	const { changes } = summarize({ resource_changes: [change('a.declared["one"]', "update")] });
	expect(changes[0]?.path).toBe("redis/declared");
});

test("a plan without changes is an empty summary", () => {
	expect(render({})).toBe("redis  no changes");
});

test("in short, creations are counted; everything else is listed, the most final last", () => {
	const replaced = {
		...change("a.replaced", "delete", "create"),
		change: { actions: ["delete", "create"], replace_paths: [["spec", 0, "selector"]] },
	};
	const plan = {
		resource_changes: [
			change("a.gone", "delete"),
			replaced,
			change("a.declared", "update"),
			change("a.new", "create"),
			change("a.newer", "create"),
		],
		output_changes: { address: { actions: ["update"] }, same: { actions: ["no-op"] } },
	};
	expect(render(plan, { short: true })).toBe(
		`redis  2 to create, 1 to update, 1 to replace, 1 to destroy, 1 output to change
  danger  2 data-lost
  ~ update   a.declared  redis/declared
  ± replace  a.replaced  (no longer declared)  because of spec[0].selector
  - destroy  a.gone      (no longer declared)`,
	);
});

test("a warning is one line, and told once", () => {
	const warning = {
		summary: "Old",
		detail: "Use the new.\n\nMore.",
		address: "a.b",
	};
	expect(render({}, {}, [warning, warning])).toBe(`redis  no changes
  ! provider-warns  a.b  (no longer declared)  Old: Use the new.`);
});

test("changes are shown by class with what is found, routine ones first and the worst class last", () => {
	const claim = "kubernetes_persistent_volume_claim_v1.data";
	const scaled = (replicas: string) => ({ metadata: [{ name: "web" }], spec: [{ replicas }] });
	expect(
		render({
			resource_changes: [
				change(claim, "delete"),
				change("a.declared", "update"),
				{
					...change("kubernetes_deployment_v1.web"),
					change: { actions: ["update"], before: scaled("2"), after: scaled("0") },
				},
			],
		}),
	).toBe(`redis  2 to update, 1 to destroy
  routine
  ~ update   a.declared                                  redis/declared
  caution  pods-restart
  ~ update   kubernetes_deployment_v1.web                (no longer declared)
      ! pods-restart: its last pods stop: it is scaled to none
      spec[0].replicas: "2" → "0"
  danger  data-lost
  - destroy  kubernetes_persistent_volume_claim_v1.data  (no longer declared)
      ! data-lost: is deleted: its volume is deleted with it`);
});
