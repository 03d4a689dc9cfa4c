import { isDeepStrictEqual } from "node:util";
import type { Json, StackDocument } from "../../world/world.ts";
import { type BaseFacts, blockOf, isBlock } from "./base-facts.ts";

/** What a document may hold at its top. */
const parts = new Set([
	"//",
	"data",
	"ephemeral",
	"import",
	"moved",
	"output",
	"provider",
	"removed",
	"resource",
	"terraform",
	"variable",
]);

/**
 * Problems of what a document says of Terraform itself: providers, variables, outputs and imports are those of the
 * base, and nothing is declared but the parts that are known.
 */
export function settingsProblems({ stack, json }: StackDocument, base: BaseFacts): string[] {
	const before = base.documents.get(stack)?.json ?? {};
	const { required_providers, required_version, backend: _, ...more } = blockOf(json.terraform);
	return [
		...Object.keys(json)
			.filter((name) => !parts.has(name))
			.map((name) => `${name}: no part of a document`),
		...(isBlock(json.terraform) ? [] : ["terraform: expected an object"]),
		...Object.keys(more).map((name) => `terraform.${name}: no setting in use`),
		...(isDeepStrictEqual(required_version, base.requiredVersion)
			? []
			: ["terraform.required_version: another than that of the base"]),
		...sameAs("terraform.required_providers", required_providers, base.required),
		...sameAs("provider", json.provider, base.providers),
		...sameAs("variable", json.variable, new Map(Object.entries(blockOf(before.variable)))),
		// Every document has this output; of a stack that is new, it is that of the others.
		...sameAs("output", json.output, outputsOf(before, base)),
		...listProblems("import", json.import, (entry) =>
			list(before.import).some((one) => isDeepStrictEqual(one, entry))
				? undefined
				: "the base imports no such thing; adopt an object from a machine of an operator",
		),
		...listProblems("moved", json.moved, (entry) =>
			isPlain(entry, ["from", "to"]) ? undefined : "expected two addresses, from and to",
		),
		...listProblems("removed", json.removed, (entry) => {
			const { lifecycle, ...rest } = blockOf(entry);
			const { destroy, ...more } = blockOf(lifecycle);
			const known = isPlain(rest, ["from"]) && typeof destroy === "boolean" && Object.keys(more).length === 0;
			return known ? undefined : "expected an address, and whether it is destroyed";
		}),
	];
}

/** A stack keeps its state where the base has it; a new one where a stack of its name would have it there. */
export function* backendProblem({ stack, json }: StackDocument, base: BaseFacts): Iterable<string> {
	if (!/^[a-z][a-z0-9-]{0,40}$/.test(stack))
		yield `${stack}: expected a name of lower-case letters, digits and -`;
	const backend = blockOf(json.terraform).backend;
	const own = base.documents.get(stack);
	const expected = own
		? [blockOf(own.json.terraform).backend]
		: [...base.documents.values()].map((one) =>
				renamed(blockOf(one.json.terraform).backend, one.stack, stack),
			);
	if (!expected.some((one) => isDeepStrictEqual(one, backend)))
		yield "terraform.backend: another than that of the base";
}

/** A backend as it would be for a stack of another name: its schema or its folder is called like it. */
function renamed(backend: Json | undefined, from: string, to: string): Json | undefined {
	if (!isBlock(backend)) return undefined;
	const { local, pg } = backend;
	if (isBlock(pg)) return { pg: { ...pg, schema_name: to } };
	const { path } = blockOf(local);
	if (typeof path !== "string") return undefined;
	return { local: { path: path.replace(`/${from}/terraform.tfstate`, `/${to}/terraform.tfstate`) } };
}

function outputsOf(before: StackDocument["json"], base: BaseFacts): ReadonlyMap<string, Json | undefined> {
	const own = isBlock(before.output) ? before : [...base.documents.values()][0]?.json;
	return new Map(Object.entries(blockOf(own?.output)));
}

/** What a part says by name must be what the base says by that name; less of it is allowed. */
function sameAs(
	part: string,
	value: Json | undefined,
	base: ReadonlyMap<string, Json | undefined>,
): string[] {
	if (value === undefined) return [];
	if (!isBlock(value)) return [`${part}: expected an object by name`];
	return Object.entries(value)
		.filter(([name, one]) => !base.has(name) || !isDeepStrictEqual(one, base.get(name)))
		.map(([name]) => `${part}.${name}: the base has no such ${part.split(".").at(-1)}`);
}

function listProblems(
	part: string,
	value: Json | undefined,
	problemOf: (entry: Json) => string | undefined,
): string[] {
	if (value !== undefined && !Array.isArray(value)) return [`${part}: expected a list`];
	return list(value).flatMap((entry, index) => {
		const problem = problemOf(entry);
		return problem === undefined ? [] : [`${part}.${index}: ${problem}`];
	});
}

function isPlain(entry: Json | undefined, names: readonly string[]): boolean {
	const block = blockOf(entry);
	return (
		Object.keys(block).length === names.length &&
		names.every((name) => typeof block[name] === "string" && /^[\w.[\]"-]+$/.test(String(block[name])))
	);
}

function list(value: Json | undefined): Json[] {
	return Array.isArray(value) ? value : [];
}
