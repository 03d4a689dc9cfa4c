import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { infra } from "../../cli/infra-process.ts";

const folder = mkdtempSync(join(tmpdir(), "infra-engine-"));
afterAll(() => rmSync(folder, { recursive: true }));

const documents = (output: string) =>
	Object.fromEntries(
		readdirSync(join(output, "stacks")).map((name) => [
			name,
			readFileSync(join(output, "stacks", name, "cdk.tf.json"), "utf8"),
		]),
	);

// The engine's own program builds every stack in a process of its own: too much beside the unit tests.
test("the plain engine writes the same stacks", async () => {
	const [ours, plain] = [join(folder, "ours"), join(folder, "plain")];
	const [written, engine] = await Promise.all([
		infra(["synth"], { env: { CDKTF_OUTDIR: ours } }),
		infra(["synth", "--output", plain], { program: "cli/bin/cdktf.js" }),
	]);
	expect([written.code, engine.code]).toEqual([0, 0]);
	expect(documents(plain)).toEqual(documents(ours));
	expect(Object.keys(documents(plain))).toHaveLength(6);
});
