import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apiVersionsOf, setApiVersion } from "../../../engine/state/rewrite/api-version.ts";
import {
	findObjects,
	insertObjects,
	moveObjects,
	objectsOf,
	removeObjects,
	transferObjects,
} from "../../../engine/state/rewrite/move-objects.ts";
import { parseAddress, renderAddress } from "../../../engine/state/rewrite/object-address.ts";
import {
	nextVersion,
	parseState,
	renderState,
	type StateDocument,
	type StateInstance,
	type StateResource,
} from "../../../engine/state/rewrite/state-document.ts";

const provider = 'provider["registry.terraform.io/hashicorp/kubernetes"]';

/** A resource at an address without keys. @param instances one without key unless told otherwise */
function resource(address: string, ...instances: StateInstance[]): StateResource {
	const { key: _, module, ...of } = parseAddress(address);
	return {
		...of,
		...(module !== undefined && { module }),
		provider,
		instances: instances.length > 0 ? instances : [{ attributes: { id: address } }],
	};
}

const state = (...resources: StateResource[]): StateDocument => ({
	version: 4,
	serial: 7,
	lineage: "mine",
	resources,
});

const dependencies = (of: StateDocument, address: string) =>
	findObjects(of, address)?.instances[0]?.dependencies;

describe("the text of a state", () => {
	test("keeps everything that is not changed, digits of numbers included", () => {
		const text = `{"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"mine","outputs":{"n":{"value":12345678901234567890123,"type":"number"}},"resources":[{"mode":"managed","type":"a","name":"b","provider":"p","instances":[{"schema_version":0,"attributes":{"exact":9007199254740993,"one":1.0,"power":1e400,"__proto__":{"a":1}},"sensitive_attributes":[],"private":"bnVsbA=="}]}],"check_results":null}`;
		const compact = renderState(parseState(text)).replace(/\n\s*/g, "").replaceAll('": ', '":');
		expect(compact).toBe(text);
	});

	test("counts its versions, and keeps its lineage", () => {
		expect(nextVersion(state())).toEqual({ ...state(), serial: 8 });
	});

	test.for([
		["{}", "something else"],
		["", "something else"],
		["[]", "something else"],
		['{"version": 3, "serial": 1, "lineage": "a"}', "of format 3"],
		['{"version": 5, "serial": 1, "lineage": "a"}', "of format 5"],
		['{"version": 4, "serial": 1}', "no serial and lineage"],
		['{"version": 4, "serial": "1", "lineage": "a"}', "no serial and lineage"],
	] as const)("%s is refused", ([text, words]) => {
		expect(() => parseState(text)).toThrow(words);
	});
});

describe("an address", () => {
	const word = fc
		.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/)
		.filter((text) => text !== "module" && text !== "data");
	const key = fc.option(
		fc.oneof(fc.nat(), fc.string(), fc.constantFrom("${x}", "%{if}", "a.b", '"]', "$", "%")),
		{
			nil: undefined,
		},
	);
	const module = fc
		.array(fc.record({ name: word, key }), { maxLength: 3 })
		.map((calls) =>
			calls.length === 0
				? undefined
				: calls
						.map((call) => renderAddress({ module: undefined, mode: "managed", type: "module", ...call }))
						.join("."),
		);
	const mode = fc.constantFrom("managed" as const, "data" as const);

	test("is read as it is printed", () => {
		fc.assert(
			fc.property(fc.record({ module, mode, type: word, name: word, key }), (address) => {
				expect(parseAddress(renderAddress(address))).toEqual(address);
			}),
		);
	});

	test.for([
		"",
		"a",
		"a.",
		"a.b.c",
		"module.a",
		"module.a.b",
		"data.a",
		"a.b[x]",
		'a.b["x]',
		"a.b[-1]",
		"a.b[0] ",
	])("%j is none", (text) => {
		expect(() => parseAddress(text)).toThrow("is no address of an object");
	});
});

describe("a move", () => {
	const [one, two] = [{ index_key: "one" }, { index_key: "two" }];

	test.for([
		["a.b", "a.c", ["a.c"]],
		["a.b", 'a.b["x"]', ['a.b["x"]']],
		["a.b", "module.m[0].a.b", ["module.m[0].a.b"]],
		["module.m.a.b", "a.c", ["a.c"]],
		["data.a.b", "data.a.c", ["data.a.c"]],
		["kubernetes_secret.a", "kubernetes_secret_v1.a", ["kubernetes_secret_v1.a"]],
		["kubernetes_secret_v1.a", "kubernetes_secret.a", ["kubernetes_secret.a"]],
		[
			"kubernetes_daemonset.a",
			"module.m.kubernetes_daemon_set_v1.b[1]",
			["module.m.kubernetes_daemon_set_v1.b[1]"],
		],
	] as const)("of %s to %s", ([from, to, after]) => {
		const before = state(resource(from));
		const moved = moveObjects(before, [{ from, to }]);
		expect(objectsOf(moved)).toEqual(after);
		expect(findObjects(moved, to)?.instances[0]?.attributes).toEqual({ id: from });
		expect(objectsOf(before)).toEqual([from]);
	});

	test("of a resource takes all its objects along, deposed ones included", () => {
		const moved = moveObjects(state(resource("a.b", one, two, { ...two, deposed: "1f" })), [
			{ from: "a.b", to: "a.c" },
		]);
		expect(moved.resources).toEqual([resource("a.c", one, two, { ...two, deposed: "1f" })]);
		expect(objectsOf(moved)).toEqual(['a.c["one"]', 'a.c["two"]']);
	});

	test("of one object leaves the others", () => {
		const moved = moveObjects(state(resource("a.b", one, two)), [{ from: 'a.b["one"]', to: "a.c" }]);
		expect(objectsOf(moved)).toEqual(['a.b["two"]', "a.c"]);
	});

	test("puts an object beside others of its resource", () => {
		const moved = moveObjects(state(resource("a.b"), resource("a.c", one)), [
			{ from: "a.b", to: 'a.c["two"]' },
		]);
		expect(moved.resources).toEqual([resource("a.c", one, { index_key: "two", attributes: { id: "a.b" } })]);
	});

	test("lets two objects change places", () => {
		const moved = moveObjects(state(resource("a.b"), resource("a.c")), [
			{ from: "a.b", to: "a.c" },
			{ from: "a.c", to: "a.b" },
		]);
		expect(findObjects(moved, "a.b")?.instances[0]?.attributes).toEqual({ id: "a.c" });
		expect(findObjects(moved, "a.c")?.instances[0]?.attributes).toEqual({ id: "a.b" });
	});

	test("is followed by what depends on it", () => {
		const dependent = resource("a.z", { dependencies: ["a.b", "a.y", "module.m.a.b"] });
		const all = state(resource("a.b", one, two), resource('module.m["x"].a.b'), resource("a.y"), dependent);
		const [whole, part, inModule] = [
			[{ from: "a.b", to: "a.new" }],
			[{ from: 'a.b["one"]', to: "a.new" }],
			[{ from: 'module.m["x"].a.b', to: 'module.other["x"].a.b' }],
		].map((moves) => dependencies(moveObjects(all, moves), "a.z"));
		expect(whole).toEqual(["a.new", "a.y", "module.m.a.b"]);
		expect(part).toEqual(["a.b", "a.new", "a.y", "module.m.a.b"]);
		expect(inModule).toEqual(["a.b", "a.y", "module.other.a.b"]);
	});

	test("out of a module leaves the module's provider there", () => {
		const inside = { ...resource("module.m.a.b"), provider: `module.m.${provider}.alias` };
		const [to, within] = ["a.b", "module.m.a.c"].map(
			(address) => moveObjects(state(inside), [{ from: "module.m.a.b", to: address }]).resources[0]?.provider,
		);
		expect([to, within]).toEqual([provider, `module.m.${provider}.alias`]);
	});

	test.for([
		["a.x", "a.y", "a.x is not in the state"],
		["a.b[0]", "a.y", 'a.b[0] is not in the state, which has a.b["one"], a.b["two"]'],
		['a.b["three"]', "a.y", 'a.b["three"] is not in the state, which has a.b["one"]'],
		["kubernetes_secret_v1.s", "a.y", "is not in the state, which has kubernetes_secret.s"],
		["a.c", "a.d", "a.d is taken"],
		["a.c2", "a.y", "a.c2 is ambiguous: the state has that resource twice"],
		['a.b["one"]', 'a.b["two"]', 'a.b["two"] is taken'],
		["a.b", "a.d[0]", 'a.b is ambiguous: it names a.b["one"], a.b["two"], and a.d[0] is one object'],
		["a.c", "a.b", "keys of two kinds, or with and without one"],
		["a.c", "a.b[0]", "keys of two kinds, or with and without one"],
		["a.c", 'a.e["two"]', "would belong to two providers"],
		["kubernetes_secret.s", "kubernetes_config_map_v1.s", "are not one implementation"],
		["kubernetes_secret.s", "kubernetes_config_map_v1.s", "(kubernetes_secret_v1 is)"],
		["a.c", "data.a.c", "are not one implementation"],
		["kubernetes_cron_job.j", "kubernetes_cron_job_v1.j", "are not one implementation"],
		["a.c", "a", "a is no address of an object"],
	] as const)("of %s to %s is refused", ([from, to, words]) => {
		const all = state(
			resource("a.b", one, two),
			resource("a.c"),
			resource("a.d"),
			{ ...resource("a.e", one), provider: "another" },
			resource("a.c2"),
			resource("a.c2"),
			resource("kubernetes_secret.s"),
			resource("kubernetes_cron_job.j"),
		);
		expect(() => moveObjects(all, [{ from, to }])).toThrow(words);
	});

	test("of the same object to two places is refused", () => {
		const moves = ["a.x", "a.y"].map((to) => ({ from: 'a.b["one"]', to }));
		expect(() => moveObjects(state(resource("a.b", one)), moves)).toThrow('a.b["one"] is named twice');
	});

	const keys = fc.uniqueArray(fc.constantFrom("one", "two", "three"), { minLength: 1 });
	test("and back is as if nothing was done", () => {
		fc.assert(
			fc.property(keys, fc.boolean(), (names, dependent) => {
				const before = state(
					resource("a.b", ...names.map((index_key) => ({ index_key }))),
					...(dependent ? [resource("a.z", { dependencies: ["a.b"] })] : []),
				);
				const there = moveObjects(before, [{ from: "a.b", to: "module.m.a.c" }]);
				const back = moveObjects(there, [{ from: "module.m.a.c", to: "a.b" }]);
				expect(Map.groupBy(back.resources, ({ type, name }) => `${type}.${name}`)).toEqual(
					Map.groupBy(before.resources, ({ type, name }) => `${type}.${name}`),
				);
			}),
		);
	});
});

describe("from one state to another", () => {
	const source = state(
		resource("a.base"),
		resource("a.mine", { dependencies: ["a.base"] }),
		resource("a.leaf", { dependencies: ["a.base", "a.mine"] }),
		resource("a.stays", { dependencies: ["a.base", "a.mine"] }),
	);
	const target = { ...state(resource("a.mine")), lineage: "other", serial: 3 };
	const moves = [
		{ from: "a.mine", to: "a.renamed" },
		{ from: "a.leaf", to: "a.leaf" },
	];

	test("an object is in one of them, and depends on what is there", () => {
		const after = transferObjects({ source, target }, moves);
		expect(objectsOf(after.source)).toEqual(["a.base", "a.stays"]);
		expect(objectsOf(after.target)).toEqual(["a.mine", "a.renamed", "a.leaf"]);
		expect(dependencies(after.source, "a.stays")).toEqual(["a.base"]);
		expect(dependencies(after.target, "a.leaf")).toEqual(["a.renamed"]);
		expect([after.source, after.target].map(({ lineage, serial }) => [lineage, serial])).toEqual([
			["mine", 7],
			["other", 3],
		]);
	});

	test("an address that is taken there is refused", () => {
		expect(() => transferObjects({ source, target }, [{ from: "a.mine", to: "a.mine" }])).toThrow(
			"a.mine is taken",
		);
	});

	test("objects are taken out, and put in", () => {
		const { state: left, removed } = removeObjects(source, ["a.mine", "a.base"]);
		expect(objectsOf(left)).toEqual(["a.leaf", "a.stays"]);
		expect(dependencies(left, "a.leaf")).toEqual([]);
		const put = insertObjects({ ...target, resources: [] }, removed);
		expect(objectsOf(put)).toEqual(["a.mine", "a.base"]);
		expect(dependencies(put, "a.mine")).toEqual(["a.base"]);
		expect(() => insertObjects(put, removed)).toThrow("a.mine is taken");
		expect(() => removeObjects(left, ["a.base"])).toThrow("a.base is not in the state");
	});
});

describe("the version of a manifest's API", () => {
	const manifest = (apiVersion: string) => ({
		manifest: { value: { apiVersion, kind: "K", spec: { apiVersion } }, type: "dynamic" },
		object: { value: { apiVersion, kind: "K", metadata: { uid: "1" } }, type: "dynamic" },
	});
	const [old, other] = [{ attributes: manifest("g.io/v1beta1") }, { attributes: manifest("h.io/v1") }];
	const all = state(
		resource("kubernetes_manifest.a", old),
		resource("kubernetes_manifest.b", { attributes: { ...manifest("g.io/v1beta1"), object: null } }),
		resource("kubernetes_manifest.c", other),
		resource("kubernetes_manifest.d", { ...old, index_key: 0 }, { ...old, index_key: 1 }),
		resource("kubernetes_manifest.e", {}),
		resource("a.b"),
	);

	test("changes in what was asked for and in what there is, and nowhere else", () => {
		const after = setApiVersion(all, "kubernetes_manifest.a", "g.io/v1");
		expect(findObjects(after, "kubernetes_manifest.a")?.instances[0]?.attributes).toEqual({
			manifest: {
				...manifest("g.io/v1").manifest,
				value: { ...manifest("g.io/v1").manifest.value, spec: { apiVersion: "g.io/v1beta1" } },
			},
			object: manifest("g.io/v1").object,
		});
		expect(apiVersionsOf(after, "kubernetes_manifest.a")).toEqual(["g.io/v1"]);
		expect(after.resources.slice(1)).toEqual(all.resources.slice(1));
	});

	test("changes where the object was never read", () => {
		const after = setApiVersion(all, "kubernetes_manifest.b", "g.io/v1");
		expect(apiVersionsOf(after, "kubernetes_manifest.b")).toEqual(["g.io/v1"]);
		expect(findObjects(after, "kubernetes_manifest.b")?.instances[0]?.attributes?.object).toBeNull();
	});

	test("changes in one object, or in all of a resource", () => {
		const one = setApiVersion(all, "kubernetes_manifest.d[1]", "g.io/v1");
		expect(apiVersionsOf(one, "kubernetes_manifest.d")).toEqual(["g.io/v1beta1", "g.io/v1"]);
		expect(
			apiVersionsOf(setApiVersion(all, "kubernetes_manifest.d", "g.io/v1"), "kubernetes_manifest.d"),
		).toEqual(["g.io/v1"]);
	});

	test.for([
		["kubernetes_manifest.c", "is of h.io/v1: an object of another group (g.io/v1) is another object"],
		["kubernetes_manifest.e", "has no manifest with an apiVersion"],
		["kubernetes_manifest.x", "is not in the state"],
		["a.b", "only a kubernetes_manifest has"],
	] as const)("of %s is refused", ([address, words]) => {
		expect(() => setApiVersion(all, address, "g.io/v1")).toThrow(words);
	});
});
