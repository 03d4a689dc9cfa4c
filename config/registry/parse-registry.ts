import { readJson } from "../schema/json.ts";
import { ConfigError } from "../schema/problem.ts";
import { problemsOf } from "../schema/schema-problems.ts";
import { textProblems } from "../schema/texts.ts";
import { z } from "../schema/zod.ts";
import { derive } from "./derive.ts";
import { type Entry, entry } from "./entry.ts";
import type { Registry } from "./registry.ts";
import { relationProblems } from "./relations.ts";

const entries = z.record(z.string(), entry);

/**
 * Reads the registry: a JSON object of entries by user (docs/reference/owners.md#an-entry).
 *
 * @param text JSON, as Vault keeps it
 * @param subject what was read, for the error
 * @param hosts labels of the hosts that the site serves itself
 * @throws ConfigError with every problem of every entry at once
 */
export function parseRegistry(text: string, subject = "registry", hosts: readonly string[] = []): Registry {
	const { value: input, problems: jsonProblems } = readJson(text);
	if (input === undefined) throw new ConfigError(subject, jsonProblems);
	const result = entries.safeParse(input);
	const problems = result.error?.issues.flatMap((issue) => problemsOf(issue, input, entries)) ?? [];
	const told = new Set(jsonProblems.map(({ path }) => path));
	problems.push(...jsonProblems, ...[...textProblems(input)].filter(({ path }) => !told.has(path)));
	problems.push(...relationProblems(result.data ?? soundParts(input), hosts));
	if (problems.length > 0 || result.data === undefined) throw new ConfigError(subject, problems);
	return derive(result.data);
}

/**
 * The fields of each entry that are valid on their own, so that one malformed field does not hide other problems.
 * Malformed fields are there without a value.
 */
function soundParts(input: unknown): Record<string, Partial<Entry>> {
	return mapValues(input, (written) =>
		mapValues(written, (value, field) =>
			Object.hasOwn(entry.shape, field) ? entry.shape[field as keyof Entry].safeParse(value).data : undefined,
		),
	);
}

/** Maps the values of an object; anything else gives an empty object. */
function mapValues<T>(object: unknown, to: (value: unknown, key: string) => T): Record<string, T> {
	if (typeof object !== "object" || object === null || Array.isArray(object)) return {};
	return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, to(value, key)]));
}
