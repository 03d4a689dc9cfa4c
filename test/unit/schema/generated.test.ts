import fc from "fast-check";
import { expect, test } from "vitest";
import type { Arguments, Nested, ProviderSchema } from "../../../providers/schema/provider-schema.ts";
import type { Json } from "../../../world/world.ts";
import { findingsOf } from "./example-world.ts";

/** A value of each type, and one that cannot be converted to it. */
const samples: Readonly<Record<string, readonly [good: Json, bad: Json]>> = {
	string: ["a", {}],
	number: [3, "a"],
	bool: [true, 7],
	"list(string)": [["a", null], "a"],
	"set(bool)": [[true, "false"], {}],
	"map(number)": [{ a: "1" }, []],
};

interface Leaf {
	readonly type: string;
	readonly required: boolean;
	readonly present: boolean;
}

interface Branch {
	readonly is: string;
	/** How often it is written. */
	readonly times: number;
	readonly inside: Tree;
}

/** Arguments with the values that a document gives them; their names are `a0`, `a1` and so on. */
type Tree = readonly (Leaf | Branch)[];

const leaf = fc.record({
	type: fc.constantFrom(...Object.keys(samples)),
	required: fc.boolean(),
	present: fc.boolean(),
});

const { tree: trees } = fc.letrec<{ tree: Tree }>((tie) => {
	const branch = (is: string, most: number, least = 0) =>
		fc.record({ is: fc.constant(is), times: fc.integer({ min: least, max: most }), inside: tie("tree") });
	return {
		tree: fc.array(
			fc.oneof(
				{ maxDepth: 3 },
				leaf,
				branch("block list 1..2", 2, 1),
				branch("block set", 3),
				branch("block single", 1),
				branch("optional list", 3),
				branch("optional single", 1),
				branch("optional map", 1),
			),
			{ maxLength: 4 },
		),
	};
});

function schemaOf(tree: Tree): Arguments {
	const entries = tree.map((node, index): [string, string | Nested] => [
		`a${index}`,
		"type" in node
			? `${node.required ? "required" : "optional"} ${node.type}`
			: { is: node.is, arguments: schemaOf(node.inside) },
	]);
	return Object.fromEntries(entries);
}

type Block = { [name: string]: Json };
type Mutation = readonly [expected: string, mutate: () => void];

/** A valid block, and every way to break it in one place together with the finding that must follow. */
function documentOf(tree: Tree, path = ""): { readonly block: Block; readonly mutations: Mutation[] } {
	const block: Block = {};
	const mutations: Mutation[] = [
		[`error ${path}unheard_of: unknown argument`, () => Object.assign(block, { unheard_of: 1 })],
	];
	for (const [index, node] of tree.entries()) {
		const name = `a${index}`;
		if ("type" in node) {
			const [good, bad] = samples[node.type] as readonly [Json, Json];
			if (!node.required && !node.present) continue;
			block[name] = good;
			mutations.push([`error ${path}${name}: expected`, () => Object.assign(block, { [name]: bad })]);
			if (node.required) mutations.push([`error ${path}${name}: missing`, () => delete block[name]]);
		} else if (node.times > 0) {
			const isList = /list|set/.test(node.is);
			const at = (entry: number) => (isList ? `[${entry}]` : node.is.endsWith("map") ? '["k"]' : "");
			const entries = Array.from({ length: node.times }, (_, entry) =>
				documentOf(node.inside, `${path}${name}${at(entry)}.`),
			);
			const blocks = entries.map((entry) => entry.block);
			const [first = {}] = blocks;
			block[name] = isList ? blocks : node.is.endsWith("map") ? { k: first } : first;
			mutations.push(...entries.flatMap((entry) => entry.mutations));
			if (node.is.startsWith("block"))
				mutations.push([
					`error ${path}${name}: expected a block`,
					() => Object.assign(block, { [name]: "a" }),
				]);
			if (node.is === "block list 1..2") {
				mutations.push([`error ${path}${name}: missing`, () => delete block[name]]);
				mutations.push([
					`error ${path}${name}: at most 2`,
					() => blocks.push(...[first, first].slice(node.times - 1)),
				]);
			}
		}
	}
	return { block, mutations };
}

function check(tree: Tree, block: Block): string[] {
	const nothing: Nested = { is: "block single", arguments: {} };
	const schema: ProviderSchema = {
		source: "acme/example",
		version: "1.0.0",
		provider: nothing,
		resource: { example_thing: { is: "block single", arguments: schemaOf(tree) } },
		data: {},
		ephemeral: {},
	};
	return findingsOf({ resource: { example_thing: { one: block } } }, schema);
}

test("A document that follows its schema has no findings", () => {
	fc.assert(
		fc.property(trees, (tree) => {
			expect(check(tree, documentOf(tree).block)).toEqual([]);
		}),
	);
});

test("A document that is broken in one place has exactly that finding", () => {
	fc.assert(
		fc.property(trees, fc.nat(), (tree, choice) => {
			const { block, mutations } = documentOf(tree);
			const [expected, mutate] = mutations[choice % mutations.length] as Mutation;
			mutate();
			expect(check(tree, block)).toEqual([expect.stringContaining(expected)]);
		}),
	);
});
