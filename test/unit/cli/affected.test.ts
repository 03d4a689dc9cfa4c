import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { besideTerraform } from "../../../cli/affected/beside-terraform.ts";
import { cacheKey, readCached, writeCached } from "../../../cli/affected/cache.ts";
import { compareBeside, compareStack } from "../../../cli/affected/comparison.ts";
import { renderAffected } from "../../../cli/affected/render-affected.ts";
import { renderedStack } from "../../../cli/affected/rendered-folder.ts";
import type { RenderedStack } from "../../../cli/affected/renderings.ts";
import { loadSite } from "../../../config/load-site.ts";
import { times } from "../../../config/schema/duration.ts";
import { besideParts } from "../../../review/beside-parts.ts";
import type { Json } from "../../../world/world.ts";

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), "infra-affected-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	return folder;
}

const metadata = (path: string) => ({ metadata: { path, uniqueId: "A1" } });
const stack: RenderedStack = {
	document: {
		"//": { metadata: { version: "0.24.0", stackName: "redis", overrides: {} } },
		terraform: { required_providers: { demo: { source: "acme/demo", version: "~> 1.2" } } },
		provider: { demo: [{ address: "x" }] },
		resource: {
			demo_thing: {
				a: {
					"//": metadata("redis/a"),
					size: 1,
					tags: ["x", "y"],
					depends_on: ["demo_thing.b", "demo_thing.c"],
				},
			},
		},
		moved: [
			{ from: "demo_thing.x", to: "demo_thing.a" },
			{ from: "demo_thing.y", to: "demo_thing.b" },
		],
		output: { site: { value: "lab" } },
	},
	lock: '# Made by somebody\n\nprovider "demo" {\n  version = "1.2.3"\n}\n',
	files: { "charts/demo": "digest" },
};

/** The stack with another document. */
function edited(change: (document: Record<string, Json>) => void): RenderedStack {
	const document = structuredClone(stack.document) as Record<string, Json>;
	change(document);
	return { ...stack, document };
}

const thing = (values: Record<string, Json>) => ({ demo_thing: { a: values } });
const given = { size: 1, tags: ["x", "y"], depends_on: ["demo_thing.b", "demo_thing.c"] };
const addresses = (after: RenderedStack | undefined, before: RenderedStack | undefined = stack) =>
	compareStack("redis", before, after)?.differences.map(({ address }) => address);

describe("a stack is the same", () => {
	test.for<[string, RenderedStack]>([
		["as itself", structuredClone(stack)],
		[
			"when the construct behind a block moves",
			edited((it) => (it.resource = thing({ "//": metadata("redis/b/a"), ...given }))),
		],
		[
			"with keys in another order",
			edited((it) => (it.resource = thing({ tags: ["x", "y"], depends_on: given.depends_on, size: 1 }))),
		],
		[
			"with sections in another order",
			{ ...stack, document: Object.fromEntries(Object.entries(stack.document).reverse()) },
		],
		[
			"with dependencies in another order",
			edited((it) => (it.resource = thing({ ...given, depends_on: ["demo_thing.c", "demo_thing.b"] }))),
		],
		["with moves in another order", edited((it) => (it.moved = [...(it.moved as Json[])].reverse()))],
		[
			"with another comment in the lock file",
			{ ...stack, lock: stack.lock.replace("somebody", "somebody else") },
		],
	])("%s", ([, after]) => {
		expect(compareStack("redis", stack, after)).toBeUndefined();
	});
});

describe("a stack differs", () => {
	test.for<[string, RenderedStack, string[]]>([
		["in an argument", edited((it) => (it.resource = thing({ ...given, size: 2 }))), ["demo_thing.a"]],
		[
			"in the order of a list",
			edited((it) => (it.resource = thing({ ...given, tags: ["y", "x"] }))),
			["demo_thing.a"],
		],
		["in an object", edited((it) => (it.resource = { other: { b: {} } })), ["demo_thing.a", "other.b"]],
		["in a data source", edited((it) => (it.data = { demo: { b: {} } })), ["data.demo.b"]],
		["in the engine", edited((it) => (it["//"] = { metadata: { version: "0.25.0" } })), ["engine"]],
		[
			"in a provider's version",
			edited((it) => (it.terraform = { required_providers: {} })),
			["terraform.required_providers"],
		],
		[
			"in a provider's settings",
			edited((it) => (it.provider = { demo: [{ address: "y" }] })),
			["provider.demo"],
		],
		["in a move", edited((it) => (it.moved = [])), ["moved"]],
		["in an output", edited((it) => (it.output = { site: { value: "home" } })), ["output.site"]],
		[
			"in a section that nobody knows",
			edited((it) => (it.invented = { by: "a later version" })),
			["invented.by"],
		],
		["in the locked version", { ...stack, lock: stack.lock.replace("1.2.3", "1.2.4") }, ["provider lock"]],
		["in a file that it names", { ...stack, files: { "charts/demo": "another" } }, ["file charts/demo"]],
	])("%s", ([, after, expected]) => {
		expect(addresses(after)).toEqual(expected);
	});

	test("from nothing, on either side", () => {
		expect(compareStack("redis", undefined, stack)?.effect).toBe("new");
		expect(compareStack("redis", stack, undefined)?.effect).toBe("removed");
	});
});

test("a file that a document names is part of it, unless it belongs to no revision", () => {
	const tree = temporaryFolder();
	writeFileSync(join(tree, "chart"), "1");
	writeFileSync(join(tree, "kubeconfig"), "secret");
	const document = {
		resource: {
			a: {
				b: {
					chart: "../../../chart",
					config: "../../../kubeconfig",
					gone: "../../../gone",
					out: "../../../../x",
				},
			},
		},
	};
	const files = () => renderedStack(document, "", tree, (path) => path !== "kubeconfig").files;
	const before = files();
	expect(Object.keys(before)).toEqual(["chart"]);
	writeFileSync(join(tree, "chart"), "2");
	expect(files()).not.toEqual(before);
});

describe("beside Terraform", () => {
	test.for(["lab", "home"])("every part of site %s names the command that must follow", async (name) => {
		expect(Object.keys(besideTerraform(await loadSite(name))).sort()).toEqual(
			Object.keys(besideParts).sort(),
		);
	});

	test("a change of the site is a change of what it renders, and of nothing else", async () => {
		const site = await loadSite("lab");
		const before = besideTerraform(site);
		const parts = (changed: typeof site) =>
			compareBeside(before, besideTerraform(changed))?.map(({ part }) => part);
		const { mail, newcomer } = site;
		expect(parts(site)).toEqual([]);
		expect(parts({ ...site, newcomer: { ...newcomer, apiServer: "https://other.example" } })).toEqual([
			"setupScript",
		]);
		const check = { ...mail.edge.check, interval: times(2, mail.edge.check.interval) };
		expect(parts({ ...site, mail: { ...mail, edge: { ...mail.edge, check } } })).toEqual(["edge"]);
	});

	test("of a base that cannot tell, nothing is claimed", () => {
		expect(compareBeside(undefined, {})).toBeUndefined();
		expect(compareBeside({ gone: { file: "text" } }, {})?.map(({ part }) => part)).toEqual(["gone"]);
	});
});

describe("the cache", () => {
	const renderings = { stacks: { redis: stack }, site: {}, beside: {} };

	test("keeps what it is given, and takes a damaged file for none", () => {
		const folder = join(temporaryFolder(), "cache");
		expect(readCached(folder, "a")).toBeUndefined();
		writeCached(folder, "a", renderings);
		expect(readCached(folder, "a")).toEqual(renderings);
		expect(statSync(join(folder, "a.json")).mode & 0o777).toBe(0o600);
		writeFileSync(join(folder, "a.json"), "{");
		expect(readCached(folder, "a")).toBeUndefined();
	});

	test("is bounded: what was not used for longest goes, unfinished files of the killed as well", () => {
		const folder = temporaryFolder();
		writeFileSync(join(folder, "killed.json.1"), "");
		utimesSync(join(folder, "killed.json.1"), 1, 1);
		for (let index = 0; index < 40; index += 1) {
			writeCached(folder, `${index}`, renderings);
			utimesSync(join(folder, `${index}.json`), 1000 + index, 1000 + index);
			readCached(folder, "0");
		}
		expect(readdirSync(folder).length).toBe(32);
		expect(readCached(folder, "0")).toBeDefined();
		expect(readCached(folder, "1")).toBeUndefined();
	});

	test("has a key for each input", () => {
		expect(cacheKey(["tree", undefined])).not.toBe(cacheKey(["tree", "registry"]));
	});
});

test("people read what is affected, why, and what must follow", () => {
	const base = { commit: "0123456789abcdef", tree: "", chosen: "merge base with main" };
	const after = edited((it) => (it.resource = thing({ "//": metadata("redis/a"), ...given, size: 2 })));
	const result = {
		site: "lab",
		registry: "registry.json, of each side",
		base,
		applied: { redis: { ...base, chosen: "last deployed" } },
		uncommitted: false,
		stacks: [compareStack("redis", stack, after), compareStack("shop", stack, undefined)].flatMap(
			(one) => one ?? [],
		),
		unaffected: ["vault"],
		beside: [
			{
				part: "exports",
				differences: [{ address: "exports", path: undefined, before: "a\n", after: "b\n" }],
			},
		],
	};
	expect(renderAffected(result, { why: true })).toMatchInlineSnapshot(`
		"base  01234567 (merge base with main) → HEAD
		site lab, registry registry.json, of each side
		changed  redis  1 part  since 01234567 (last deployed)
		  ~ demo_thing.a  redis/a
		      size: 1 → 2
		removed  shop  8 parts: nothing deploys it any more, and what it made stays; destroy it from the base: infra destroy shop
		  - engine
		  - terraform.required_providers
		  - provider.demo
		  - demo_thing.a  redis/a
		  - moved
		  - output.site
		  - provider lock
		  - file charts/demo
		beside   the exports of the NFS server  1 file; after a deploy: infra exports diff, then infra exports apply
		  ~ exports
		      value: "a\\n" → "b\\n"
		not affected: vault"
	`);
});
