import { expect, test } from "vitest";
import { unfinishedObjects } from "../../../engine/state-file.ts";

test("unfinished objects are found with the keys of their instances", () => {
	const tainted = { status: "tainted" };
	const state = {
		version: 4,
		resources: [
			{ type: "a", name: "one", instances: [tainted] },
			{ type: "a", name: "done", instances: [{}] },
			{ type: "a", name: "many", instances: [{ ...tainted, index_key: 'x"y' }, { index_key: "z" }] },
			{ type: "a", name: "counted", instances: [{ ...tainted, index_key: 0 }] },
		],
	};
	expect(unfinishedObjects(JSON.stringify(state)).map(({ address }) => address)).toEqual([
		"a.one",
		'a.many["x\\"y"]',
		"a.counted[0]",
	]);
});

test.for(["", '{"version":4}'])("the state %j holds none", (text) => {
	expect(unfinishedObjects(text)).toEqual([]);
});
