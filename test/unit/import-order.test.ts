import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, it } from "vitest";

/**
 * Every folder from the ground up: it imports from itself and from those before it. A file belongs to the longest
 * match.
 */
const order = [
	"config/schema",
	"config/registry",
	"config/sites",
	"config",
	"providers",
	"world",
	"constructs",
	...["dns", "kubernetes", "haproxy", "monitoring", "secrets", "storage", "vault", "platform"].map(
		inside("constructs"),
	),
	...["tenants", "redis", "mail", "pfsense", "woodpecker"].map(inside("constructs")),
	"rules",
	"stacks",
	"review",
	"terminal",
	"clients",
	"engine",
	"lab",
	...[
		"doctor",
		"graph",
		"export",
		"list",
		"owners",
		"exports",
		"pfsense",
		"drift",
		"docs",
		"backup",
		"restore",
		"new-stack",
	].map(inside("cli")),
	...[
		"onboard",
		"setup-script",
		"synth",
		"validate",
		"affected",
		"review",
		"proposal",
		"ci",
		"as",
		"state",
		"secrets",
		"certificate",
		"adopt",
		"bootstrap",
		"commands",
	].map(inside("cli")),
	"cli",
	"main.ts",
];

/** Folders whose own folders each have a place in the order, so that a new one cannot go without. */
const divided = ["constructs", "cli"];
/** What the command is started by: it must run on any Node.js and imports nothing of the project. */
const launcher = "cli/bin";

function inside(parent: string): (name: string) => string {
	return (name) => `${parent}/${name}`;
}

/** Imports that point upwards, and files without a place, as `file -> target`. */
function strayImports(sources: ReadonlyMap<string, string>): string[] {
	return [...sources].flatMap(([file, text]) => {
		if (placeOf(file) === -1) return [`${file} has no place in the order`];
		const targets = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path = ""]) =>
			posix.join(posix.dirname(file), path),
		);
		return targets
			.filter((target) => placeOf(target) > placeOf(file))
			.map((target) => `${file} -> ${target}`);
	});
}

function placeOf(file: string): number {
	const folder = order
		.filter((name) => file === name || file.startsWith(`${name}/`))
		.reduce((longest, name) => (name.length > longest.length ? name : longest), "");
	const undivided = !divided.includes(folder) || posix.dirname(file) === folder;
	return undivided ? order.indexOf(folder) : -1;
}

it("imports only downwards", () => {
	const files = globSync(
		`{main.ts,{${[...new Set(order.map((name) => name.split("/")[0]))].join(",")}}/**/*.{ts,js}}`,
		{
			exclude: [`${launcher}/**`, "**/lib/**", "**/*.d.ts"],
		},
	);
	expect(files.length).toBeGreaterThan(400);
	expect(strayImports(new Map(files.map((file) => [file, readFileSync(file, "utf8")])))).toEqual([]);
});

it.each([
	["world/pods.ts", 'import type { Rule } from "../rules/rule.ts";', "world/pods.ts -> rules/rule.ts"],
	[
		"constructs/vault/x.ts",
		'export { a } from "../tenants/a.ts";',
		"constructs/vault/x.ts -> constructs/tenants/a.ts",
	],
	["engine/x.ts", 'await import("../cli/program.ts")', "engine/x.ts -> cli/program.ts"],
	["constructs/new/x.ts", "", "constructs/new/x.ts has no place in the order"],
	["helpers/x.ts", "", "helpers/x.ts has no place in the order"],
])("finds the stray import of %s", (file, text, stray) => {
	expect(strayImports(new Map([[file, text]]))).toEqual([stray]);
});
