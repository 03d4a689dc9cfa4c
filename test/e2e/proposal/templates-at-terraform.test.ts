import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, test } from "vitest";
import { templateProblem } from "../../../cli/proposal/template-problem.ts";
import { terraformTool } from "../../../engine/binary.ts";
import { probe } from "../../../engine/probe.ts";

const terraform = await probe(terraformTool);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-templates-`));
const canary = join(folder, "canary.txt");
const word = "word-of-a-test";

afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(({ skip }) => {
	if (terraform.state !== "ok") skip(`needs Terraform or OpenTofu ${terraformTool.needed}`);
});

/** What Terraform makes of texts, as values and as names of objects; undefined for those that it refuses. */
function evaluate(texts: readonly string[]): string {
	const outputs = texts.map((text, index) => [`o${index}`, { value: [text, { [text]: "a" }] }]);
	writeFileSync(join(folder, "main.tf.json"), JSON.stringify({ output: Object.fromEntries(outputs) }));
	const { command = "terraform" } = terraform;
	const env = { ...process.env, CHECKPOINT_DISABLE: "1" };
	return execFileSync(command, ["plan", "-no-color", "-input=false"], {
		cwd: folder,
		env,
		encoding: "utf8",
		stdio: "pipe",
		maxBuffer: 64 * 1024 ** 2,
	});
}

const call = `file("${canary}")`;

test("a call that is seen nowhere is one that Terraform does not make", () => {
	writeFileSync(canary, word);
	const part = fc.constantFrom(
		`\${${call}}`,
		`\${ ${call} }`,
		`%{if true}\${${call}}%{endif}`,
		`\${lower("\${${call}}")}`,
		`\${lower(${call})}`,
		call,
		"$",
		"%",
		"\\",
		'"',
		"{",
		"}",
		"~",
		"a",
		"\n",
		"é",
		'${lower("A")}',
		"$${",
		"%%{",
	);
	const texts = fc.sample(
		fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("")),
		{ numRuns: 4000, seed: 7 },
	);
	const accepted = [...new Set(texts)].filter((text) => templateProblem(text, new Set()) === undefined);
	// Among them are calls that are escaped, so that the comparison means something.
	expect(accepted.filter((text) => text.includes("{file(")).length).toBeGreaterThan(20);
	// Quoted texts show the file's name; what it holds would be its word.
	expect(evaluate(accepted)).not.toContain(word);
	expect(evaluate([`\${${call}}`])).toContain(word);
});

test("a sign before it escapes no call, unless it is the same sign", () => {
	const said = evaluate(['%${lower("A")}', '\\${lower("A")}', '$${lower("A")}']);
	expect(said).toContain('"%a"');
	expect(said).toContain('"\\\\a"');
	expect(said).toContain('"${lower(\\"A\\")}"');
});
