import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptProducts } from "./kept-kinds.ts";
import { readKinds } from "./read-kinds.ts";

/** Writes kinds and aggregated roles anew from the products' modules, in the versions of `tools/`: `npm run kinds`. */
const folder = mkdtempSync(join(tmpdir(), "infra-kinds-"));
try {
	const names = Object.keys(keptProducts) as (keyof typeof keptProducts)[];
	const read = await Promise.all(names.map(async (name) => [name, await readKinds(name, folder)]));
	const file = new URL("./kinds.json", import.meta.url);
	writeFileSync(file, `${JSON.stringify(Object.fromEntries(read), undefined, "\t")}\n`);
} finally {
	rmSync(folder, { recursive: true });
}
