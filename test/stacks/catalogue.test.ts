import { expect, test } from "vitest";
import { catalogue, loadStacks } from "../../stacks/catalogue.ts";

const stacks = await loadStacks();

test("the catalogue lists the stacks that can be built, and no other", () => {
	expect(stacks.map(({ name }) => name).sort()).toEqual(catalogue.map(({ name }) => name).sort());
});
