import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { baseInputs } from "../e2e/settings/bases.ts";
import { changedSite } from "../e2e/settings/change.ts";
import { changes } from "../e2e/settings/changes/index.ts";
import { schemaSettings, settingAt } from "../e2e/settings/schema-settings.ts";
import { keysOf, valueAt } from "../e2e/settings/setting.ts";

const settings = schemaSettings();

/** Setting of the schema by the place that a row changes. */
const changed = new Map(
	Object.entries(changes).map(([path, { on = "full" }]) => [
		path,
		settingAt(settings, keysOf(baseInputs[on], path)),
	]),
);

test("every setting of the schema is changed by exactly one row", () => {
	expect([...changed.values()].toSorted()).toEqual(settings.toSorted());
});

test("every row changes its setting to another value", () => {
	const same = Object.entries(changes).filter(([path, change]) => {
		const base = baseInputs[change.on ?? "full"];
		const keys = keysOf(base, path);
		return isDeepStrictEqual(valueAt(base, keys), valueAt(changedSite(path, change), keys));
	});
	expect(same.map(([path]) => path)).toEqual([]);
});
