import { expect, test } from "vitest";
import { typePairs } from "../../engine/state/rewrite/same-implementation.ts";
import { installed } from "../unit/schema/installed.ts";

/** Types that look alike, and talk to another version of the API each. */
const lookAlike = [
	"kubernetes_csi_driver",
	"kubernetes_horizontal_pod_autoscaler",
	"kubernetes_mutating_webhook_configuration",
	"kubernetes_pod_disruption_budget",
	"kubernetes_validating_webhook_configuration",
];

test("types that are one implementation have one schema in the provider, and none is left out", async (context) => {
	const full = await installed("kubernetes");
	if (typeof full === "string") return context.skip(full);
	const schemas = (full.raw.resource_schemas ?? {}) as Readonly<Record<string, object>>;
	for (const [one, other] of typePairs) {
		expect(schemas).toHaveProperty(one);
		expect({ [other]: withoutWords(schemas[one]) }).toEqual({ [other]: withoutWords(schemas[other]) });
	}
	const texts = Object.entries(schemas).map(([type, schema]) => [type, JSON.stringify(withoutWords(schema))]);
	const twins = Map.groupBy(texts, ([, text]) => text);
	const unversioned = [...twins.values()]
		.map((group) => group.map(([type = ""]) => type))
		.filter((group) => group.length > 1)
		.flatMap((group) => group.filter((type) => !/_v\d\w*$|_v1_data$/.test(type)));
	expect(unversioned.sort()).toEqual([...typePairs.map(([one]) => one), ...lookAlike].sort());
	expect(typePairs).toHaveLength(26);
});

/** The same schema under another name may be described, and deprecated, in other words. */
function withoutWords(schema: unknown): unknown {
	return JSON.parse(
		JSON.stringify(schema, (key, value) =>
			["description", "description_kind", "deprecated", "deprecation_message"].includes(key) &&
			typeof value !== "object"
				? undefined
				: value,
		),
	);
}
