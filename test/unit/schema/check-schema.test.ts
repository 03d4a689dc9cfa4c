import { expect, test } from "vitest";
import { example, findingsOf, findingsWith } from "./example-world.ts";

test("A sound resource has no findings", () => {
	expect(findingsWith({ labels: { a: "b" }, timeouts: { create: "1m" }, set: [{ name: "a" }] })).toEqual([]);
});

test("An unknown argument is reported with the nearest known name", () => {
	expect(findingsWith({ adresses: [] })).toEqual([
		"error adresses: unknown argument. Did you mean addresses?",
	]);
});

test("An unknown argument that resembles nothing is reported with everything that is known there", () => {
	expect(findingsWith({ timeouts: { whenever: "1m" } })).toEqual([
		"error timeouts.whenever: unknown argument. Known here: create.",
	]);
});

test("An unknown argument in a nested attribute is an error, although Terraform would drop it", () => {
	expect(findingsWith({ hook: { path: "/", paht: "/" } })).toEqual([
		"error hook.paht: unknown argument, which would be dropped silently. Did you mean path?",
	]);
});

test("A missing argument is reported where it should be", () => {
	expect(findingsWith({ disk: [{ size: 1 }, { format: "ext4" }] })).toEqual([
		"error disk[1].size: missing: the provider requires it. Add size.",
	]);
});

test("Null counts as missing", () => {
	expect(findingsWith({ image: null })).toEqual([
		"error image: missing: the provider requires it. Add image.",
	]);
});

test("A missing block is reported", () => {
	expect(findingsWith({ disk: null })).toEqual(["error disk: missing: the provider requires it. Add disk."]);
});

test("An argument that only the provider may set is reported", () => {
	expect(findingsWith({ id: "x" })).toEqual(["error id: only the provider may set it. Remove id."]);
});

test("Too many blocks are reported", () => {
	expect(findingsWith({ disk: [{ size: 1 }, { size: 2 }, { size: 3 }] })).toEqual([
		"error disk: at most 2 allowed, found 3. Keep 2 of them.",
	]);
});

test("Too few blocks are reported", () => {
	expect(findingsWith({ disk: [] })).toEqual(["error disk: at least 1 needed, found 0. Add disk."]);
});

test("A block that may stand only once is reported when it stands twice", () => {
	expect(findingsWith({ timeouts: [{}, {}] })).toEqual([
		"error timeouts: at most 1 allowed, found 2. Keep 1 of them.",
	]);
});

test("A block written as text is reported, even as an expression", () => {
	const [finding] = findingsWith({ timeouts: "${local.timeouts}" });
	expect(finding).toContain("expected a block (an object, or a list of objects), found");
});

test("A nested attribute is not a block: a list needs brackets", () => {
	expect(findingsWith({ set: { name: "a" } })).toEqual([
		"error set: expected a list of objects, found an object. Write a list of objects.",
	]);
});

test("A nested attribute is not a block: a single object takes none", () => {
	expect(findingsWith({ hook: [{ path: "/" }] })).toEqual([
		"error hook: expected an object, found a list. Write an object.",
	]);
});

test("A nested attribute may be an expression", () => {
	expect(findingsWith({ set: "${local.values}" })).toEqual([]);
});

test.for([
	["replicas", "many", 'expected a number, found "many"'],
	["replicas", true, "expected a number, found true"],
	["replicas", "", 'expected a number, found ""'],
	["paused", "yes", 'expected true or false, found "yes"'],
	["paused", 1, "expected true or false, found 1"],
	["image", ["a"], "expected a string, found a list"],
	["labels", "a=b", 'expected a map (of string), found "a=b"'],
	["addresses", "192.0.2.1", 'expected a list (of string), found "192.0.2.1"'],
	["wait", [], "expected an object, found a list"],
] as const)("%s does not take %j", ([argument, value, message]) => {
	expect(findingsWith({ [argument]: value as never })[0]).toContain(`error ${argument}: ${message}.`);
});

test("A value inside a map is reported by its key", () => {
	expect(findingsWith({ labels: { "app/name": {} } })[0]).toContain('labels["app/name"]: expected a string');
});

test("An object needs each of its attributes", () => {
	expect(findingsWith({ wait: {} })).toEqual([
		"error wait.fields: missing: this object must have it. Add fields.",
	]);
});

test.for([
	["replicas", "3"],
	["replicas", "1e3"],
	["paused", "true"],
	["paused", "1"],
	["image", 7],
	["replicas", "${var.count}"],
	["labels", "${local.labels}"],
	["anything", { any: [1] }],
] as const)("%s takes %j, as Terraform converts it", ([argument, value]) => {
	expect(findingsWith({ [argument]: value as never })).toEqual([]);
});

test("What a dynamic block makes is checked", () => {
	const [finding] = findingsWith({
		disk: null,
		dynamic: { disk: { for_each: [1], content: { siez: 1, size: 1 } } },
	});
	expect(finding).toBe("error disk.siez: unknown argument. Did you mean size?");
});

test("A dynamic block needs a content", () => {
	expect(findingsWith({ dynamic: { disk: { for_each: [1] } } })).toEqual([
		"error dynamic.disk: missing: the content of the block. Add content.",
	]);
});

test("A dynamic block of an unknown name is reported", () => {
	expect(findingsWith({ dynamic: { disc: { for_each: [1], content: {} } } })).toEqual([
		"error dynamic.disc: unknown argument. Did you mean disk?",
	]);
});

test("A reference in the schema stands for the arguments that it points to", () => {
	expect(findingsWith({ mirror: {} })).toEqual([
		"error mirror.size: missing: the provider requires it. Add size.",
	]);
});

test("Comments are not arguments", () => {
	expect(findingsWith({ disk: { "//": "the first one", size: 1 } })).toEqual([]);
});

test("Meta-arguments are known", () => {
	const lifecycle = { prevent_destroy: true, ignore_changes: ["labels"] };
	expect(findingsWith({ count: 2, depends_on: ["example_old.x"], lifecycle })).toEqual([]);
});

test("A misspelled meta-argument is reported", () => {
	expect(findingsWith({ lifecycle: { prevent_destory: true } })).toEqual([
		"error lifecycle.prevent_destory: unknown argument. Did you mean prevent_destroy?",
	]);
});

test("A data source has no lifecycle that protects it", () => {
	const block = { image: "a", lifecycle: { prevent_destroy: true } };
	expect(findingsOf({ data: { example_server: { one: block } } })[0]).toContain(
		"error lifecycle.prevent_destroy: unknown argument",
	);
});

test("A deprecated argument is a warning", () => {
	expect(findingsWith({ legacy: "x" })[0]).toMatch(/^warning legacy: deprecated/);
});

test("A deprecated type is a warning", () => {
	expect(findingsOf({ resource: { example_old: { one: {} } } })[0]).toMatch(
		/^warning : example_old is deprecated/,
	);
});

test("A value cannot be given twice, once past the state and once into it", () => {
	expect(findingsWith({ password: "a", password_wo: "a", password_wo_revision: 1 })[0]).toContain(
		"error password_wo: excludes password",
	);
});

test("A write-only value without revision is a warning", () => {
	expect(findingsWith({ password_wo: "a" })[0]).toMatch(/^warning password_wo: without password_wo_revision/);
});

test("A revision of nothing is an error", () => {
	expect(findingsWith({ password_wo_revision: 1 })[0]).toContain(
		"error password_wo_revision: counts the changes of",
	);
});

const secret = { example_secret: { one: { path: "a" } } };
const reference = "${ephemeral.example_secret.one.value}";

test("An ephemeral value may go into a write-only argument", () => {
	const server = { image: "a", disk: { size: 1 }, password_wo: reference, password_wo_revision: 1 };
	expect(findingsOf({ ephemeral: secret, resource: { example_server: { one: server } } })).toEqual([]);
});

test("An ephemeral value may go nowhere else", () => {
	const server = { image: "a", disk: { size: 1 }, labels: { a: reference } };
	expect(findingsOf({ ephemeral: secret, resource: { example_server: { one: server } } })[0]).toContain(
		"error labels.a: takes an ephemeral value",
	);
});

test("A type that the compact schemas lack is reported once per stack, with the command that adds it", () => {
	const findings = findingsOf({ resource: { example_queue: { one: {}, two: {} } } });
	expect(findings).toHaveLength(1);
	expect(findings[0]).toContain("do not hold resource example_queue. Run `npx infra schemas refresh`.");
});

test("The arguments of a provider are checked", () => {
	expect(findingsOf({ provider: { example: [{ adress: "a", alias: "b" }] } })).toEqual([
		"error adress: unknown argument. Did you mean address?",
		"error address: missing: the provider requires it. Add address.",
	]);
});

test("A version constraint must admit the version of the schema", () => {
	const terraform = { required_providers: { example: { source: "acme/example", version: "~> 2.0" } } };
	expect(findingsOf({ terraform })[0]).toContain('"~> 2.0" does not admit 1.4.2');
});

test("A reference that leads nowhere names itself", () => {
	const broken = {
		...example,
		resource: { example_old: { is: "block single", arguments: "resource.gone" } },
	};
	expect(() => findingsOf({ resource: { example_old: { one: {} } } }, broken)).toThrow(
		"refers to resource.gone",
	);
});
