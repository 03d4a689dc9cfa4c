import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { keptProducts } from "../../../lab/products/kept-kinds.ts";
import { productFileCommands } from "../../../lab/products/product-files.ts";
import { readKinds } from "../../../lab/products/read-kinds.ts";
import { needsPrograms } from "../harness/programs.ts";

/** Tests without the products, and the lab, take kinds and rights from what is kept, which is compared with the products here. */
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-products-`));
afterAll(() => rmSync(folder, { recursive: true }));

const names = Object.keys(keptProducts) as (keyof typeof keptProducts)[];

describe.each(names)("%s", (name) => {
	needsPrograms(name, ...productFileCommands);

	test("defines the kinds, and aggregates the rights, that are kept", async () => {
		const product = await readKinds(name, folder);
		expect(product.kinds.length).toBeGreaterThan(0);
		expect(keptProducts[name], "out of date: `npm run kinds` writes them anew").toEqual(product);
	});
});
