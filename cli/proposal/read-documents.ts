import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../terminal/usage-error.ts";
import { type Json, readDocument, type StackDocument } from "../../world/world.ts";
import { baseFacts } from "./base-facts.ts";
import { documentProblems } from "./document-problems.ts";
import { shapeProblems } from "./document-shape.ts";

/** Bytes of the largest document; one of a thousand owners has a tenth. */
const largest = 32 * 1024 ** 2;

/** The most stacks of a proposal. */
const mostStacks = 100;

/** The most problems that are shown. */
const mostShown = 20;

/**
 * Reads the documents that somebody's code has written, as data: nothing of it is run, and what Terraform would do with
 * them beyond comparing known objects is refused. The documents of the base say what is known.
 *
 * @param folder with `<stack>/cdk.tf.json` for every stack; whoever wrote it may have put anything there
 * @throws UsageError with every problem, or when a file is none
 */
export function readDocuments(folder: string, base: readonly StackDocument[]): StackDocument[] {
	const facts = baseFacts(base);
	requireKind(folder, "folder");
	const names = readdirSync(folder).sort();
	if (names.length === 0 || names.length > mostStacks)
		throw new UsageError(`${folder} has ${names.length} stacks, expected 1 to ${mostStacks}`);
	// Kept in lists: whoever wrote the documents may have made more problems than one call takes arguments.
	const missing = base
		.filter(({ stack }) => !names.includes(stack))
		.map(({ stack }) => `${stack}: missing; what a stack has made is destroyed before it leaves the code`);
	const documents: StackDocument[] = [];
	const found = names.map((stack) => {
		const json = readJson(join(folder, stack));
		const misshapen = shapeProblems(json);
		if (misshapen.length > 0) return { stack, problems: misshapen };
		const document = readDocument(stack, json as StackDocument["json"]);
		documents.push(document);
		return { stack, problems: documentProblems(document, facts) };
	});
	const problems = [
		...missing,
		...found.flatMap(({ stack, problems }) => problems.map((problem) => `${stack}: ${problem}`)),
	];
	if (problems.length === 0) return documents;
	const more = problems.length - mostShown;
	throw new UsageError(
		[
			"the documents hold what is not planned with rights:",
			...problems.slice(0, mostShown).map((problem) => `  ${problem}`),
			...(more > 0 ? [`  and ${more} more`] : []),
		].join("\n"),
		"whoever trusts the change reviews it on a machine of their own: infra review",
	);
}

function readJson(folder: string): Json {
	requireKind(folder, "folder");
	const file = join(folder, "cdk.tf.json");
	requireKind(file, "file");
	try {
		return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file)));
	} catch {
		throw new UsageError(`${file}: expected JSON in UTF-8`);
	}
}

/** No link, which would lead elsewhere, and no device or pipe, which would never end. */
function requireKind(path: string, kind: "folder" | "file"): void {
	const found = lstatSync(path, { throwIfNoEntry: false });
	if (kind === "folder" ? !found?.isDirectory() : !found?.isFile())
		throw new UsageError(`${path}: expected a ${kind}`);
	if (kind === "file" && (found?.size ?? 0) > largest)
		throw new UsageError(`${path}: larger than ${largest / 1024 ** 2} MiB`);
}
