import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Annotations, Manifest, TerraformOutput, type TerraformStack } from "cdktf";
import { StackSynthesizer } from "cdktf/lib/synthesize/synthesizer.js";
import { describe, expect, test } from "vitest";
import { loadSite, siteNames } from "../../config/load-site.ts";
import { loadStacks } from "../../stacks/catalogue.ts";
import { DocumentSynthesizer } from "../../stacks/document-synthesizer.ts";
import { temporaryFolder, testApp } from "../synth.ts";
import { plainStack } from "../unit/bindings/stack.ts";

/** What a synthesizer writes for a stack, and what it enters into the manifest. */
function written(stack: TerraformStack, synthesizer: { synthesize: StackSynthesizer["synthesize"] }) {
	const outdir = temporaryFolder();
	const manifest = new Manifest("1", outdir, false);
	mkdirSync(join(outdir, "stacks"), { recursive: true });
	synthesizer.synthesize({ outdir, manifest, skipValidation: true, stacksPrepared: true });
	const { synthesizedStackPath } = manifest.forStack(stack);
	return { entry: manifest.forStack(stack), text: readFileSync(join(outdir, synthesizedStackPath), "utf8") };
}

function bothOf(stack: TerraformStack) {
	const engine = new StackSynthesizer(stack);
	return { own: written(stack, new DocumentSynthesizer(stack, engine)), engine: written(stack, engine) };
}

const stacks = await loadStacks();

describe.for(siteNames)("site %s", (site) => {
	test("is written with the engine's bytes", async () => {
		const app = await testApp(stacks, await loadSite(site));
		app.check();
		for (const stack of app.stacks) {
			const { own, engine } = bothOf(stack);
			expect(own).toEqual(engine);
		}
	});
});

test("keys that look like numbers, empty and missing values are written as the engine does", () => {
	const stack = plainStack();
	const value = { 10: "a", 9: "ü\u2028\ud800", b: [], a: {}, _: [null, [{}], 1e21, -0], none: undefined };
	stack.addOverride("output.odd.value", value);
	const { own, engine } = bothOf(stack);
	expect(own.text).toBe(engine.text);
	expect(own.text).toContain('"10": "a"');
});

test("annotations stay the engine's business", () => {
	const stack = plainStack();
	Annotations.of(new TerraformOutput(stack, "output", { value: 1 })).addWarning("old");
	const { own, engine } = bothOf(stack);
	expect(own).toEqual(engine);
	expect(own.entry.annotations).toMatchObject([{ message: "old" }]);
});
