import { Fn, Lazy, TerraformStack, Token } from "cdktf";
import { describe, expect, test } from "vitest";
import { loadSite, siteNames } from "../../config/load-site.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import { resolveTokens } from "../../stacks/resolve-tokens.ts";
import { testApp } from "../synth.ts";
import { plainStack } from "../unit/bindings/stack.ts";

const stacks = await loadStacks();

describe.for(siteNames)("site %s", (site) => {
	test("is written exactly as the engine itself would", async () => {
		const app = await testApp(stacks, await loadSite(site));
		for (const { stack, json } of app.check().documents) {
			const built = app.stacks.find(({ node }) => node.id === stack);
			expect(JSON.stringify(json)).toBe(JSON.stringify(TerraformStack.prototype.toTerraform.call(built)));
		}
	});
});

describe("Tokens", () => {
	const resolved = (value: unknown) => resolveTokens(plainStack(), value);
	const list = Lazy.listValue({ produce: () => ["a", "b"] });
	const number = Lazy.numberValue({ produce: () => 7 });

	test.for<readonly [name: string, value: unknown, expected: unknown]>([
		["a text", `x${Lazy.stringValue({ produce: () => "y" })}`, "xy"],
		["a number", number, 7],
		["a number inside a text", `port ${number}`, "port 7"],
		["a list", list, ["a", "b"]],
		["a list of numbers", Token.asNumberList(Lazy.anyValue({ produce: () => [1, 2] })), [1, 2]],
		["a map", Token.asStringMap(Lazy.anyValue({ produce: () => ({ a: "b" }) })), { a: "b" }],
		["a key", { [Lazy.stringValue({ produce: () => "late" })]: 1 }, { late: 1 }],
		["a function", Fn.upper("a"), '${upper("a")}'],
		["something inside a list inside an object", { a: [{ b: number }] }, { a: [{ b: 7 }] }],
		["nothing", { a: Lazy.anyValue({ produce: () => undefined }), b: [undefined, 1] }, { b: [1] }],
	])("that stand for %s are replaced", ([, value, expected]) => {
		expect(resolved(value)).toEqual(expected);
	});

	test("are all that is replaced", () => {
		const plain = { a: "1e+5 ${x.y}", b: [null, true, -1.5, {}], c: { d: [[]] }, e: "" };
		expect(resolved(plain)).toEqual(plain);
	});

	test("do not hide a construct that was put in place of a value", () => {
		const stack = plainStack();
		expect(() => resolveTokens(stack, { a: stack })).toThrow("Unable to resolve object tree");
	});
});
