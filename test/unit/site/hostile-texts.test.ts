import { describe, expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseSite } from "../../../config/parse-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { ConfigError, type Problem } from "../../../config/schema/problem.ts";
import home from "../../../config/sites/home.ts";
import lab from "../../../config/sites/lab.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { fromLiteral } from "../../../world/literal.ts";
import { testApp } from "../../synth.ts";

/** Texts that mean something to a program: Terraform, a shell, YAML, HCL, a URL, PHP, Go templates, JavaScript. */
const hostile = {
	"a template of Terraform": '${upper("m")}',
	"a directive of Terraform": "%{if true}m%{endif}",
	"a double quote": 'a"b',
	"a single quote": "a'b",
	"a backslash": "a\\b",
	"a line break": "a\nb",
	"a command of a shell": "a$(id)",
	"the end of a command": "a;id",
	backquotes: "a`id`",
	"a comment of YAML": "a #b",
	"a mapping of YAML": "a: b",
	"a template of Go": '{{ getSecretKey "a" }}',
	"a tag of PHP": "<?php id();",
	"a step up": "a/../b",
	"a control character": "a\u0007b",
	"a character that turns the text around": "a\u202eb",
	"letters of another alphabet": "\u0430lice",
	"a name of every object": "__proto__",
	"another name of every object": "constructor",
	nothing: "",
	"a very long text": "a".repeat(5000),
} as const;

type Path = readonly string[];

/** Every text of a value, one of each list. */
function leaves(value: unknown, at: Path = []): Path[] {
	if (typeof value === "string") return [at];
	if (typeof value !== "object" || value === null) return [];
	const entries = Object.entries(value);
	return (Array.isArray(value) ? entries.slice(0, 1) : entries).flatMap(([key, one]) =>
		leaves(one, [...at, key]),
	);
}

/** A copy with another text in one place. */
function replaced<T>(value: T, [key = "", ...rest]: Path, text: string): T {
	const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
	copy[key] = rest.length === 0 ? text : replaced(copy[key], rest, text);
	return copy as T;
}

/** Whether a world with it is accepted. @throws whatever is no problem of the configuration */
function accepted(parse: () => unknown): boolean {
	try {
		parse();
		return true;
	} catch (error) {
		if (error instanceof ConfigError) return false;
		throw error;
	}
}

const sites = { lab, home };
const cases = Object.entries(hostile);

/** Where a text can stand that no program reads, and paths of this machine. */
const forPeople =
	/(^|\.)(purpose|description|name|reason)$|^acceptedRisks\.|^drift\.accepted\.|^vault\.identity\.(groups\.0|adminGroup)$|^mail\.dns\.ownership\.0$|^state\.tier\d\.directory$/;

/** Places where a site takes a text: none that a problem names when it stands in all of them, and then one by one. */
function open(site: object, paths: readonly Path[], text: string): Path[] {
	let everywhere = site;
	// The kind of a value says which others there are.
	for (const path of paths) if (path.at(-1) !== "kind") everywhere = replaced(everywhere, path, text);
	const named = new Set(problemsOf(everywhere).map(({ path }) => path));
	return paths
		.filter((path) => !named.has(path.join(".")))
		.filter((path) => problemsOf(replaced(site, path, text)).length === 0);
}

function problemsOf(site: object): readonly Problem[] {
	try {
		parseSite(site);
		return [];
	} catch (error) {
		if (error instanceof ConfigError) return error.problems;
		throw error;
	}
}

describe.for(["lab", "home"] as const)("a site like %s", (name) => {
	const site: object = sites[name];
	const paths = leaves(site);

	test.for(cases)("takes %s nowhere but in texts for people", ([, text]) => {
		const places = open(site, paths, text).map((path) => path.join("."));
		expect(places.filter((place) => !forPeople.test(place))).toEqual([]);
	});

	test("keeps what it takes in the documents to the letter, and whole", async () => {
		const stacks = await loadStacks();
		const registry = await loadRegistry(await loadSite("lab"));
		let seen = 0;
		for (const text of ['a"b', "a'b", "a\\b", "a;id", "a: b", "<?php id();", '{{ getSecretKey "a" }}']) {
			const marked = `${text} 4711`;
			const world = open(site, paths, marked).reduce((before, path) => replaced(before, path, marked), site);
			const { documents } = (await testApp(stacks, parseSite(world), registry)).check();
			for (const value of documents.flatMap(({ json }) => texts(json)))
				if (value.includes("4711")) {
					seen++;
					// Alone or in a sentence, and never in a file that a program reads.
					expect(unquoted(fromLiteral(value)).replaceAll(marked, "")).not.toContain("4711");
					expect(value).not.toContain("\n");
				}
		}
		expect(seen).toBeGreaterThan(0);
		// Every stack is built seven times, which is ten seconds of one core.
	}, 600_000);
});

/** The text of a TXT record, which stands in quotes (RFC 1035 section 5.1). */
const unquoted = (text: string) =>
	/^".*"$/.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;

/** Every text of a document. */
function texts(value: unknown): string[] {
	if (typeof value === "string") return [value];
	return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe("a registry", () => {
	const alice = {
		role: "namespace-owner",
		email: "a@example.com",
		namespaces: ["alice"],
		domains: ["shop"],
		quota: { cpu_requests: "1", memory_requests: "1Gi", memory_limits: "2Gi", pods: "3" },
		pod_security: "restricted",
	};

	test.for(cases)("takes %s in no field and in no key", ([, text]) => {
		for (const path of leaves(alice))
			expect(
				accepted(() => parseRegistry(JSON.stringify({ alice: replaced(alice, path, text) }))),
				path.join("."),
			).toBe(false);
		const written = JSON.stringify({ alice }).replace('"alice":', `${JSON.stringify(text)}:`);
		expect(accepted(() => parseRegistry(written))).toBe(false);
	});
});
