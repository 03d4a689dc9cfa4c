import { ConfigError, type Problem } from "../schema/problem.ts";
import { problemsOf } from "../schema/schema-problems.ts";
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
	const input = parseJson(text, subject);
	const result = entries.safeParse(input);
	const problems = result.error?.issues.flatMap((issue) => problemsOf(issue, input, entries)) ?? [];
	problems.push(...repeatedKeys(text));
	problems.push(...relationProblems(result.data ?? soundParts(input), hosts));
	if (problems.length > 0 || result.data === undefined) throw new ConfigError(subject, problems);
	return derive(result.data);
}

function parseJson(text: string, subject: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new ConfigError(subject, [{ path: "(root)", message: `is no JSON: ${whereBroken(text)}` }]);
	}
}

/** Keys that an object of a sound JSON text has more than once: of two entries only the last would count. */
function* repeatedKeys(text: string): Iterable<Problem> {
	const open: { keys: Set<string>; last: string }[] = [];
	for (const { 0: token, 1: colon, index } of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g)) {
		const object = open.at(-1);
		if (token === "{") open.push({ keys: new Set(), last: "" });
		else if (token === "}") open.pop();
		else if (colon !== undefined && object !== undefined) {
			object.last = JSON.parse(token.slice(0, -colon.length));
			if (object.keys.has(object.last))
				yield {
					path: open.map(({ last }) => last).join("."),
					message: `is there a second time, at line ${text.slice(0, index).split("\n").length}`,
				};
			object.keys.add(object.last);
		}
	}
}

/** Where a text stops being the beginning of some JSON. The engine's own messages quote addresses instead. */
function whereBroken(text: string): string {
	let [sound, broken] = [0, text.length + 1];
	while (broken - sound > 1) {
		const middle = (sound + broken) >> 1;
		if (mayGoOn(text.slice(0, middle))) sound = middle;
		else broken = middle;
	}
	if (sound === text.length) return "it ends too early";
	const lines = text.slice(0, broken).split("\n");
	return `unexpected "${text[sound]}" at line ${lines.length}, column ${lines.at(-1)?.length}`;
}

function mayGoOn(beginning: string): boolean {
	try {
		JSON.parse(beginning);
		return true;
	} catch (error) {
		const { message } = error as Error;
		const [, position] = /at position (\d+)/.exec(message) ?? [];
		return position === undefined
			? message.includes("end of JSON input")
			: Number(position) >= beginning.length;
	}
}

/**
 * The fields that can be parsed on their own, so that one misspelt word does not hide what else is wrong. Those that
 * cannot are there without a value.
 */
function soundParts(input: unknown): Record<string, Partial<Entry>> {
	return mapValues(input, (written) =>
		mapValues(written, (value, field) =>
			Object.hasOwn(entry.shape, field) ? entry.shape[field as keyof Entry].safeParse(value).data : undefined,
		),
	);
}

/** An object with other values; nothing of what is no object. */
function mapValues<T>(object: unknown, to: (value: unknown, key: string) => T): Record<string, T> {
	if (typeof object !== "object" || object === null || Array.isArray(object)) return {};
	return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, to(value, key)]));
}
