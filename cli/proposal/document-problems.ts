import { committedSchema } from "../../providers/schema/committed.ts";
import { argumentsOf, typeSchema } from "../../providers/schema/provider-schema.ts";
import type { Json, Resource, StackDocument } from "../../world/world.ts";
import { type BaseFacts, chartOf, isBlock, kindOf } from "./base-facts.ts";
import { backendProblem, settingsProblems } from "./settings-problems.ts";
import { templateProblem } from "./template-problem.ts";

/** Arguments that every resource takes, and what may be in them. */
const metaArguments: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
	depends_on: (value) => isTextList(value),
	for_each: () => true,
	count: () => true,
	lifecycle: (value) => isBlock(value) && Object.entries(value).every(isLifecycle),
};

const lifecycle: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
	create_before_destroy: (value) => typeof value === "boolean",
	prevent_destroy: (value) => typeof value === "boolean",
	ignore_changes: (value) => value === "all" || isTextList(value),
	replace_triggered_by: (value) => isTextList(value),
};

/**
 * What is wrong with a document of a proposal, as data that Terraform is to plan with the rights to read: whatever
 * runs a program, reads a file, reaches another server, or reads more than the base does, is not allowed. What is
 * allowed is said here; all else is a problem.
 *
 * Source: Terraform language, JSON configuration syntax; the providers' own documentation for what reads files.
 *
 * @returns problems with their place, such as `resource.helm_release.it.postrender: ...`
 */
export function documentProblems(document: StackDocument, base: BaseFacts): string[] {
	const { data: _, ephemeral: __, ...json } = document.json;
	const roots = new Set(["each", "data", "ephemeral", "var"]);
	for (const { type } of document.resources) if (allowedArguments(type, base) !== undefined) roots.add(type);
	return [
		...settingsProblems(document, base),
		...backendProblem(document, base),
		...document.resources.flatMap((resource) => resourceProblems(resource, base)),
		...textProblems(json, "", roots),
		...document.resources
			.filter((resource) => resource.mode !== "resource" && !base.has(resource))
			.flatMap((resource) => textProblems({ ...resource.arguments }, resource.address, roots)),
	];
}

function resourceProblems(resource: Resource, base: BaseFacts): string[] {
	const { mode, type, arguments: values } = resource;
	const place = mode === "resource" ? `resource.${resource.address}` : resource.address;
	if (mode !== "resource") return readingProblems(resource, place, base);
	const allowed = allowedArguments(type, base);
	if (allowed === undefined) return [`${place}: ${type} is no type in use`];
	const problems = Object.entries(values).flatMap(([name, value]) => {
		const meta = Object.hasOwn(metaArguments, name) ? metaArguments[name] : undefined;
		if (meta !== undefined) return meta(value) ? [] : [`${place}.${name}: not understood`];
		return allowed.has(name) ? [] : [`${place}.${name}: no argument of ${type} in use`];
	});
	if (type === "helm_release" && !base.charts.has(chartOf(values)))
		problems.push(`${place}.chart: no chart and repository of the base`);
	if (type === "kubernetes_manifest" && !base.kinds.has(kindOf(values)))
		problems.push(`${place}.manifest: no version and kind that the base has manifests of`);
	return problems;
}

/** What is read while a plan is made: nothing that the base does not read, but for entries of Vault, which stay inside. */
function readingProblems(resource: Resource, place: string, base: BaseFacts): string[] {
	const { type, arguments: values } = resource;
	if (base.has(resource)) return [];
	const names = base.inUse.get(`ephemeral ${type}`);
	if (type !== "vault_kv_secret_v2" || resource.mode !== "ephemeral" || names === undefined)
		return [`${place}: the base reads no such thing`];
	return Object.entries(values).flatMap(([name, value]) =>
		names.has(name) && typeof value === "string" && !/[$%]\{/.test(value)
			? []
			: [`${place}.${name}: expected the plain name of an entry`],
	);
}

/**
 * Arguments that a type may have: with those of the Kubernetes API nothing but the API server is asked, so that its
 * schema decides; of other providers, which read files and download, only those that the base uses.
 */
function allowedArguments(type: string, base: BaseFacts): ReadonlySet<string> | undefined {
	const inUse = base.inUse.get(`resource ${type}`);
	if (!type.startsWith("kubernetes_")) return inUse;
	const schema = committedSchema("kubernetes");
	const known = typeSchema(schema, { mode: "resource", type });
	if (schema === undefined || known === undefined) return inUse;
	return new Set(Object.keys(argumentsOf(known, schema)));
}

/** Every text in a value, names of objects included, since Terraform evaluates those as well. */
function textProblems(value: Json | undefined, path: string, roots: ReadonlySet<string>): string[] {
	if (typeof value === "string") {
		const problem = templateProblem(value, roots);
		return problem === undefined ? [] : [`${path}: ${problem}`];
	}
	if (typeof value !== "object" || value === null) return [];
	const inner = (name: string | number, part: Json | undefined) =>
		textProblems(part, path === "" ? String(name) : `${path}.${name}`, roots);
	if (Array.isArray(value)) return value.flatMap((part, index) => inner(index, part));
	return Object.entries(value).flatMap(([name, part]) => {
		const problem = templateProblem(name, new Set());
		return problem === undefined ? inner(name, part) : [`${path}.${name}: the name ${problem}`];
	});
}

function isLifecycle([name, value]: [string, Json | undefined]): boolean {
	return Object.hasOwn(lifecycle, name) && lifecycle[name]?.(value) === true;
}

function isTextList(value: Json | undefined): boolean {
	return Array.isArray(value) && value.every((part) => typeof part === "string");
}
