import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type AppStack, checkAppStack } from "../../cli/new-stack/app-stack.ts";
import { entries } from "../../cli/new-stack/enter-stack.ts";
import { withStandIn } from "../../cli/new-stack/stand-in-owner.ts";
import { writeTogether } from "../../cli/new-stack/write-together.ts";
import { parseRegistry } from "../../config/registry/parse-registry.ts";
import { temporaryFolder } from "../synth.ts";
import { infra } from "./infra-process.ts";

const registry = parseRegistry(
	'{"alice": {"role": "namespace-owner", "email": "a@example.com", "namespaces": ["alice"], "domains": ["shop"]}}',
);

const shop: AppStack = {
	name: "alice-shop",
	owner: "alice",
	namespace: "alice",
	app: "shop",
	image: "registry.example.org/alice/shop:1.0.0",
	port: 8080,
	host: "shop",
	purpose: "Sells things",
	secrets: {},
};

const refusal = (change: Partial<AppStack>) => {
	try {
		checkAppStack({ ...shop, ...change }, registry, ["redis"]);
		return "accepted";
	} catch (error) {
		return (error as Error).message.split("\n").slice(1);
	}
};

test("a stack whose owner, namespace and host fit the registry is accepted", () => {
	expect(refusal({})).toBe("accepted");
});

test.for([
	["redis", "name redis: there is such a stack"],
	["immich", "name immich: reserved for the platform"],
	["shop", "name shop: the registry has a user, namespace or domain of that name; prefix the owner's"],
	["Alice_Shop", "name Alice_Shop: expected lower-case words with dashes, such as alice-shop"],
] as const)("a stack cannot be called %s", ([name, problem]) => {
	expect(refusal({ name })).toEqual([problem]);
});

test("a text that would end a comment, and a variable that is none, are refused together", () => {
	expect(refusal({ purpose: "Sells */ things", secrets: { "api-key": "api_key" } })).toEqual([
		"purpose: expected one line of at most 90 characters, without quotes, backslashes, $ and *",
		"secret api-key=api_key: expected a variable and a key, such as API_KEY=api_key",
	]);
});

test("a stack is entered at the end of the lists that it belongs in", () => {
	const reserved = 'export const stackNames: ReadonlySet<string> = new Set([\n\t"redis",\n]);\nrest\n';
	expect(entries["config/schema/reserved-names.ts"]?.(reserved, shop)).toBe(
		reserved.replace("]);", '\t"alice-shop",\n]);'),
	);
	const listed = "export const catalogue: readonly StackEntry[] = [\n\t{},\n];\n";
	expect(entries["stacks/catalogue.ts"]?.(listed, shop)).toContain(
		'\t{},\n\t{\n\t\tname: "alice-shop",\n\t\tpurpose: "Sells things",\n',
	);
});

test("a module that looks otherwise is not edited by guess", () => {
	expect(() => entries["stacks/catalogue.ts"]?.("export const catalogue = everything();\n", shop)).toThrow(
		'has no line "export const catalogue: readonly StackEntry[] = ["',
	);
});

test("the lab gets a stand-in for an owner that it does not know, with a dummy address", () => {
	expect(JSON.parse(withStandIn("{}", { ...shop, owner: "erin", namespace: "erin" }))).toEqual({
		erin: { role: "namespace-owner", email: "erin@example.com", namespaces: ["erin"], domains: ["shop"] },
	});
});

test("an owner of the lab who lacks only the host keeps all else", () => {
	const alice = { role: "namespace-owner", email: "a@example.com", namespaces: ["alice"] };
	expect(JSON.parse(withStandIn(JSON.stringify({ alice }), shop))).toEqual({
		alice: { ...alice, domains: ["shop"] },
	});
});

test("when one file cannot be written, the others are as they were", () => {
	const folder = temporaryFolder();
	const [edited, blocked] = [join(folder, "edited"), join(folder, "blocked")];
	writeFileSync(edited, "before\n");
	mkdirSync(blocked);
	expect(() =>
		writeTogether({ [join(folder, "new/file")]: "new\n", [edited]: "after\n", [blocked]: "never\n" }),
	).toThrow("EISDIR");
	expect(readFileSync(edited, "utf8")).toBe("before\n");
	expect(existsSync(join(folder, "new"))).toBe(false);
});

test("without a terminal, what is missing and has no default is named", async () => {
	expect(await infra(["new", "stack", "alice-shop"])).toEqual({
		code: 1,
		stdout: "",
		stderr:
			"error: new stack needs --owner and --image\n" +
			"  help: without a terminal to ask on, everything without a default must be given\n",
	});
});
