import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { projectRoot } from "../../../config/project-root.ts";
import { classOf, folderOf } from "../../../providers/bindings/names.ts";
import { isSettable, slotsOf } from "../../../providers/bindings/slots.ts";
import { writeBindings } from "../../../providers/bindings/write-bindings.ts";
import { type KeptBinding, keptBindings, sampleOf } from "../../unit/bindings/sample.ts";
import { blockOf, type ElementClass, plainStack } from "../../unit/bindings/stack.ts";

const moduleOf = ({ provider, name }: KeptBinding) =>
	`@cdktf/provider-${provider}/lib/${folderOf(name)}/index.js`;

async function load(binding: KeptBinding): Promise<ElementClass> {
	return (await import(moduleOf(binding)))[classOf(binding.name)];
}

test("The bindings are what the kept schemas say: `npm run bindings` would change nothing", () => {
	expect(writeBindings(projectRoot, { check: true })).toEqual([]);
});

describe.for(keptBindings.map((binding) => [moduleOf(binding), binding] as const))("%s", ([, binding]) => {
	test("writes every argument where its provider expects it", async () => {
		const { given, written } = sampleOf(binding.body, "top");
		const Class = await load(binding);
		expect(blockOf(new Class(plainStack(), "it", given))).toEqual(written);
	});

	test("takes nothing that only the provider sets, and nothing that is not there", async () => {
		const Class = await load(binding);
		const computed = [...slotsOf(binding.body, "top").values()].find(({ argument }) => !isSettable(argument));
		const refused = computed === undefined ? [] : [[computed.property, "is set by the provider"]];
		for (const [property = "", reason] of [...refused, ["unheardOf", "there is no argument unheardOf"]])
			expect(() => blockOf(new Class(plainStack(), "it", { [property]: "text" }))).toThrow(reason);
	});
});

/** A module that makes one construct of each class. */
function usageOf(onlyRequired: boolean): string {
	const lines = keptBindings.map((binding, index) => {
		const { given } = sampleOf(binding.body, "top", onlyRequired);
		const literal = JSON.stringify(given).replaceAll('"text"', "text");
		return [
			`import { ${classOf(binding.name)} as C${index} } from "${moduleOf(binding)}";`,
			`export const c${index} = new C${index}(scope, "c${index}", ${literal});`,
		].join("\n");
	});
	return [
		'import type { Construct } from "constructs";',
		'import type { EphemeralString } from "../../../providers/bindings/types.ts";',
		"declare const scope: Construct;",
		"declare const text: EphemeralString;",
		...lines,
	].join("\n");
}

/** Complaints of TypeScript about a module, by line. */
async function complaintsAbout(text: string): Promise<string[]> {
	mkdirSync(join(projectRoot, "node_modules/.cache"), { recursive: true });
	const folder = mkdtempSync(join(projectRoot, "node_modules/.cache/types-"));
	onTestFinished(async () => (await import("node:fs/promises")).rm(folder, { recursive: true }));
	const options = { extends: join(projectRoot, "tsconfig.json"), include: ["*.ts"], exclude: [] };
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
	writeFileSync(join(folder, "usage.ts"), text);
	const run = promisify(execFile)(join(projectRoot, "node_modules/.bin/tsc"), ["-p", folder]);
	const { stdout } = await run.catch((error) => error);
	return stdout.split("\n").filter((line: string) => line.includes("error TS"));
}

describe("TypeScript", () => {
	test("accepts every argument that a schema has", async () => {
		expect(await complaintsAbout(usageOf(false))).toEqual([]);
	});

	test("accepts the arguments without which a provider refuses", async () => {
		expect(await complaintsAbout(usageOf(true))).toEqual([]);
	});
});
