import { expect, test } from "vitest";
import { catalogue } from "../../stacks/catalogue.ts";
import { stacks } from "../../stacks/index.ts";

test("the catalogue lists the stacks that can be built, and no other", () => {
	expect(stacks.map(({ name }) => name).sort()).toEqual(catalogue.map(({ name }) => name).sort());
});
