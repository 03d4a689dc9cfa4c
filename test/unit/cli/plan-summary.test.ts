import { expect, test } from "vitest";
import { summarizePlan, type TerraformPlan } from "../../../cli/plan/plan-summary.ts";
import { renderPlan, renderWarnings } from "../../../cli/plan/render-plan.ts";

const change = (address: string, ...actions: string[]) => ({
	address,
	mode: "managed",
	type: address.split(".")[0] ?? "",
	change: { actions },
});
const summarize = (plan: TerraformPlan) =>
	summarizePlan("redis", plan, (address) => (address === "a.declared" ? "redis/declared" : undefined));
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
			],
		}),
	).toEqual(["create", "update", "destroy", "replace", "replace", "forget"]);
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
	expect(renderPlan(summarize({}))).toBe("redis  no changes");
});

test("creations are counted; everything else is listed, the most final last", () => {
	const replaced = {
		...change("a.replaced", "delete", "create"),
		change: { actions: ["delete", "create"], replace_paths: [["spec", 0, "selector"]] },
	};
	const summary = summarize({
		resource_changes: [
			change("a.gone", "delete"),
			replaced,
			change("a.declared", "update"),
			change("a.new", "create"),
			change("a.newer", "create"),
		],
		output_changes: { address: { actions: ["update"] }, same: { actions: ["no-op"] } },
	});
	expect(renderPlan(summary)).toBe(
		`redis  2 to create, 1 to update, 1 to replace, 1 to destroy, 1 output to change
  ~ update   a.declared  redis/declared
  ± replace  a.replaced  (no longer declared)  because of spec[0].selector
  - destroy  a.gone      (no longer declared)`,
	);
});

test("a warning is one line, and told once", () => {
	const warning = {
		severity: "warning",
		summary: "Old",
		detail: "Use the new.\n\nMore.",
		address: "a.b",
	} as const;
	expect(renderWarnings([warning, warning])).toEqual(["  warning  a.b: Old: Use the new."]);
});
