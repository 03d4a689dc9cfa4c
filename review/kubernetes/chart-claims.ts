import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { block } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";
import type { PlannedChange } from "../plan/plan-summary.ts";

/**
 * Values of which a chart makes the claim templates of a StatefulSet, by the name of the chart. `test/e2e/charts` renders
 * each chart and finds the same.
 */
export const claimValues: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
	vault: {
		"server.dataStorage": ["accessMode", "annotations", "enabled", "labels", "size", "storageClass"],
		"server.auditStorage": ["accessMode", "annotations", "enabled", "labels", "size", "storageClass"],
	},
};

/** Changed values of a release that become claim templates, such as `server.dataStorage.size`. */
export function changedClaimValues({ type, values }: PlannedChange): string[] {
	if (type !== "helm_release") return [];
	const [was, will] = [values?.before, values?.after].map((one) => block(one as Json));
	const name =
		String(will?.chart ?? "")
			.split("/")
			.at(-1) ?? "";
	const known = Object.hasOwn(claimValues, name) ? claimValues[name] : undefined;
	const [before, after] = [was, will].map((release) => valuesOf(release?.values));
	return Object.entries(known ?? {}).flatMap(([parent, keys]) =>
		keys
			.map((key) => `${parent}.${key}`)
			.filter((path) => !isDeepStrictEqual(valueAt(before, path), valueAt(after, path))),
	);
}

/** Values as Helm merges them: a later text wins over an earlier one, key by key. */
function valuesOf(texts: Json | undefined): Json {
	const list = (Array.isArray(texts) ? texts : []).filter((text) => typeof text === "string");
	return list.map((text) => parse(text) as Json).reduce<Json>(merged, {});
}

function merged(low: Json, high: Json): Json {
	if (!isMap(low) || !isMap(high)) return high;
	const both = Object.entries(high).map(([key, value]) => [key, merged(low[key] ?? null, value ?? null)]);
	return { ...low, ...Object.fromEntries(both) };
}

const isMap = (value: Json): value is Record<string, Json> =>
	typeof value === "object" && value !== null && !Array.isArray(value);

const valueAt = (values: Json | undefined, path: string): Json | undefined =>
	path.split(".").reduce<Json | undefined>((at, key) => block(at)[key], values);
