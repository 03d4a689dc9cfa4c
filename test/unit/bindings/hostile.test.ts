import { Fn, Lazy, type TerraformElement, TerraformIterator, Token } from "cdktf";
import { describe, expect, test } from "vitest";
import { dataSource, ephemeralResource, provider, resource } from "../../../providers/bindings/classes.ts";
import { renderModules } from "../../../providers/bindings/modules.ts";
import { camelCase } from "../../../providers/bindings/names.ts";
import { propertyOf } from "../../../providers/bindings/properties.ts";
import type { ProviderSchema } from "../../../providers/schema/provider-schema.ts";
import { blockOf, type ElementClass, plainStack } from "./stack.ts";

const leaf = { is: "block set", arguments: { class: "required string", tags: "optional set(string)" } };

/** A provider that calls its arguments whatever it likes. */
const hostile: ProviderSchema = {
	source: "acme/odd",
	version: "1.0.0",
	provider: {
		is: "block single",
		arguments: { alias_of: "optional string", environment: "optional map(string)" },
	},
	resource: {
		odd_thing: {
			is: "block single",
			arguments: {
				class: "optional string",
				constructor: "optional string",
				count: "computed number",
				id: "computed string",
				node: "optional string",
				provider: "computed string",
				to_string: "optional string",
				ipv4address: "optional string",
				parts: "optional list(object({first_name=string,size=number}))",
				table: "optional map(list(string))",
				secret_wo: "optional string write-only",
				sizes: "computed list(number)",
				labels: "computed map(string)",
				lookup: { is: "optional map", arguments: { node: "required string", hits: "computed number" } },
				rule: { is: "block set", arguments: { count: "optional number", resolve: "optional string", leaf } },
				place: { is: "block map", arguments: { node: "required string" } },
				spec: { is: "block list 1..1", arguments: { fqn: "optional string", lifecycle: "optional string" } },
			},
		},
	},
	data: { odd_thing: { is: "block single", arguments: { name: "required string", found: "computed bool" } } },
	ephemeral: {
		odd_key: { is: "block single", arguments: { name: "optional string", value: "computed string" } },
	},
};
const schemas = () => hostile;
const Thing = resource("odd_thing", schemas) as ElementClass;
const DataThing = dataSource("odd_thing", schemas) as ElementClass;
const Key = ephemeralResource("odd_key", schemas) as ElementClass;
const Odd = provider("odd", schemas) as ElementClass;

/** What can be read from a construct: its declarations are made at installation, not for a test. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Readable = Record<string, any> & TerraformElement;

const thing = (config: object) => new Thing(plainStack(), "it", { spec: {}, ...config }) as Readable;
const written = (config: object) => blockOf(thing(config));

describe("Names", () => {
	test.for([
		["count", "top", "countAttribute"],
		["count", "nested", "count"],
		["lifecycle", "nested", "lifecycle"],
		["node", "top", "nodeAttribute"],
		["node", "nested", "nodeAttribute"],
		["constructor", "nested", "constructorAttribute"],
		["to_string", "top", "toStringAttribute"],
		["resolve", "nested", "resolveAttribute"],
		["id", "top", "id"],
		["class", "top", "class"],
	] as const)("%s, %s, is %s", ([name, place, expected]) => {
		expect(propertyOf(name, place)).toBe(expected);
	});

	test("A letter behind a digit is upper case, as in the prebuilt packages", () => {
		expect(["ipv4address", "ipv4_address", "fs_group", "_odd__"].map(camelCase)).toEqual([
			"ipv4Address",
			"ipv4Address",
			"fsGroup",
			"odd",
		]);
	});
});

describe("Arguments", () => {
	test("keep Terraform's names, whatever they are called in TypeScript", () => {
		expect(
			written({ class: "a", constructorAttribute: "b", nodeAttribute: "n", toStringAttribute: "s" }),
		).toEqual({ class: "a", constructor: "b", node: "n", to_string: "s", spec: {} });
	});

	test("nest to any depth: a set in a set, a map of blocks, a map of attributes", () => {
		expect(
			written({
				rule: [{ count: 1, leaf: [{ class: "x", tags: ["t"] }, { class: "y" }] }],
				place: { here: { nodeAttribute: "n" } },
				lookup: { "a.b": { nodeAttribute: "m" } },
			}),
		).toEqual({
			rule: [{ count: 1, leaf: [{ class: "x", tags: ["t"] }, { class: "y" }] }],
			place: { here: { node: "n" } },
			lookup: { "a.b": { node: "m" } },
			spec: {},
		});
	});

	test("that are objects have all of their attributes", () => {
		expect(written({ parts: [{ firstName: "a" }] }).parts).toEqual([{ first_name: "a", size: null }]);
	});

	test("may be tokens in any position", () => {
		const list = Lazy.anyValue({ produce: () => [{ count: 9 }] });
		expect(
			written({
				class: Fn.upper("a"),
				nodeAttribute: Lazy.stringValue({ produce: () => "n" }),
				rule: list,
				spec: Lazy.anyValue({ produce: () => ({ fqn: "late" }) }),
				table: { a: Token.asList(Lazy.listValue({ produce: () => ["x"] })) },
				secret_wo: undefined,
				secretWo: Lazy.stringValue({ produce: () => "late" }),
			}),
		).toEqual({
			class: '${upper("a")}',
			node: "n",
			rule: [{ count: 9 }],
			spec: { fqn: "late" },
			table: { a: ["x"] },
			secret_wo: "late",
		});
	});

	test("that are lists of blocks may be dynamic", () => {
		const each = TerraformIterator.fromList(["a", "b"]);
		// Their content is the engine's to write, so it goes by Terraform's names.
		expect(written({ rule: each.dynamic({ resolve: each.value }) })).toMatchObject({
			dynamic: {
				rule: { for_each: '${toset(["a", "b"])}', iterator: "each", content: { resolve: "${each.value}" } },
			},
		});
	});

	test.for<readonly [name: string, config: object, message: string]>([
		["that nobody has heard of", { clas: "a" }, "demo/it: there is no argument clas"],
		["that are the provider's", { id: "a" }, "demo/it: id is set by the provider and cannot be given"],
		["inside a block", { rule: [{ leaf: [{ klass: 1 }] }] }, "demo/it.rule.leaf: there is no argument klass"],
		["inside a map", { lookup: { a: { hits: 1 } } }, "demo/it.lookup: hits is set by the provider"],
	])("%s are refused with their place", ([, config, message]) => {
		expect(() => written(config)).toThrow(message);
	});

	test("of a provider keep the keys of a map", () => {
		const odd = new Odd(plainStack(), "odd", { environment: { AWS_PROFILE: "a" } });
		expect(blockOf(odd)).toEqual({ environment: { AWS_PROFILE: "a" } });
	});

	test("of Terraform itself are the engine's", () => {
		const stack = plainStack();
		const first = new Thing(stack, "first", { spec: {} });
		const second = new Thing(stack, "second", {
			spec: {},
			dependsOn: [first],
			lifecycle: { preventDestroy: true, ignoreChanges: ["class"] },
			count: 2,
			provider: new Odd(stack, "odd", { aliasOf: "x", alias: "other" }),
		});
		expect(blockOf(second)).toEqual({
			spec: {},
			depends_on: ["odd_thing.first"],
			lifecycle: { prevent_destroy: true, ignore_changes: ["class"] },
			count: 2,
			provider: "odd.other",
		});
	});
});

describe("References", () => {
	const read = (value: unknown, stack = plainStack()) =>
		blockOf(new Thing(stack, "reader", { spec: {}, class: value })).class;

	test.for<readonly [name: string, pick: (it: Readable) => unknown, expected: string]>([
		["an attribute", (it) => it.id, "${odd_thing.it.id}"],
		["one that is renamed", (it) => it.countAttribute, "${odd_thing.it.count}"],
		["a number in a list", (it) => Fn.element(it.sizes, 0), "${element(odd_thing.it.sizes, 0)}"],
		["a key of a map", (it) => it.labels.lookup("a.b"), '${odd_thing.it.labels["a.b"]}'],
		["a single block", (it) => it.spec.fqnAttribute, "${odd_thing.it.spec[0].fqn}"],
		["a set of blocks", (it) => it.rule.get(1).resolveAttribute, "${tolist(odd_thing.it.rule).1.resolve}"],
		["a map of blocks", (it) => it.place.get("a").nodeAttribute, '${odd_thing.it.place["a"].node}'],
		["a nested map", (it) => it.lookup.get("a").hits, '${odd_thing.it.lookup["a"].hits}'],
	])("to %s", ([, pick, expected]) => {
		const stack = plainStack();
		const it = new Thing(stack, "it", { spec: {} }) as Readable;
		expect(read(Token.asString(pick(it)), stack)).toBe(expected);
	});

	test("to data sources and ephemeral resources name their mode", () => {
		const stack = plainStack();
		const data = new DataThing(stack, "it", { name: "a" }) as Readable;
		const key = new Key(stack, "key") as Readable;
		expect(read(Token.asString(data.found), stack)).toBe("${data.odd_thing.it.found}");
		expect(blockOf(new Thing(stack, "second", { spec: {}, secretWo: key.value })).secret_wo).toBe(
			"${ephemeral.odd_key.key.value}",
		);
	});

	test("to a write-only argument do not exist: it reads as nothing", () => {
		expect("secretWo" in thing({})).toBe(false);
	});
});

describe("Declarations", () => {
	const [, declarations = ""] =
		[...renderModules("odd", hostile)].find(([path]) => path === "thing/index.d.ts") ?? [];

	test.for([
		"readonly class?: string;",
		"readonly countAttribute: number;",
		"readonly secretWo?: bindings.EphemeralString;",
		"readonly rule?: readonly ThingRule[] | cdktf.IResolvable;",
		"readonly spec: ThingSpec | cdktf.IResolvable;",
		"readonly rule: bindings.BlockList<ThingRuleOutputReference>;",
		"readonly id: string;",
	])("hold %s", (line) => {
		expect(declarations).toContain(line);
	});

	test("let nobody give what only the provider sets", () => {
		const [, config = ""] = /export (?:type|interface) ThingConfig[^{]*\{([^}]*)\}/.exec(declarations) ?? [];
		expect(config).not.toMatch(/\b(id|sizes|labels)\b/);
		expect(config).toContain("nodeAttribute");
	});
});
