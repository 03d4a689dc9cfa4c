import { describe, expect, test } from "vitest";
import type { MapEntry } from "../../../cli/adopt/map-file.ts";
import { nextStates } from "../../../cli/adopt/next-states.ts";
import { clearSecrets } from "../../../cli/adopt/secrets.ts";
import { refusals } from "../../../cli/adopt/verdict.ts";
import type { StackPlan } from "../../../engine/plan/plan-stack.ts";
import { objectsOf } from "../../../engine/state/rewrite/move-objects.ts";
import { parseState, type StateDocument } from "../../../engine/state/rewrite/state-document.ts";
import type { TerraformPlan } from "../../../review/plan/plan-json.ts";
import { readDocument } from "../../../world/world.ts";
import { planned } from "../review/planned.ts";

const tofu = 'provider["registry.opentofu.org/hashicorp/kubernetes"]';

function state(lineage: string, objects: Readonly<Record<string, object>>): StateDocument {
	const resources = Object.entries(objects).map(([address, attributes]) => {
		const [type = "", name = ""] = address.split(".");
		return {
			mode: "managed",
			type,
			name,
			provider: tofu,
			instances: [{ attributes, sensitive_attributes: [] }],
		};
	});
	return parseState(JSON.stringify({ version: 4, serial: 7, lineage, resources }));
}

const settings = { metadata: [{ name: "settings", namespace: "shop" }], data: { a: "1" } };
const password = "correct-horse-4711";
const secret = { metadata: [{ name: "login", namespace: "shop" }], data: { password }, type: "Opaque" };
const document = readDocument("shop", {
	terraform: { required_providers: { kubernetes: { source: "hashicorp/kubernetes" } } },
	resource: {
		kubernetes_config_map_v1: { settings: { metadata: { name: "settings", namespace: "shop" } } },
		kubernetes_secret_v1: {
			login: { metadata: { name: "login", namespace: "shop" }, data_wo: {}, data_wo_revision: 3 },
		},
	},
});
const entries: MapEntry[] = [
	{ state: "old", from: "kubernetes_config_map.a", to: "kubernetes_config_map_v1.settings", how: "retype" },
	{ state: "old", from: "kubernetes_secret.b", to: "kubernetes_secret_v1.login", how: "retype" },
	{ state: "old", from: "kubernetes_role.c", how: "leave" },
];
const old = state("old", {
	"kubernetes_config_map.a": settings,
	"kubernetes_secret.b": secret,
	"kubernetes_role.c": {},
});
const next = (target: StateDocument | undefined, source = old, of = entries) =>
	nextStates({
		site: "mine",
		document,
		registry: "registry.terraform.io",
		target,
		sources: new Map([["old", source]]),
		entries: of,
	});

describe("the states after an adoption", () => {
	test("have each object once, under its new address, and belong to the site", () => {
		const { target, sources, moved } = next(undefined);
		expect(objectsOf(target)).toEqual(["kubernetes_config_map_v1.settings", "kubernetes_secret_v1.login"]);
		expect(target).toMatchObject({ serial: 1, outputs: { site: { value: "mine" } } });
		expect(target.resources.map(({ provider }) => provider)).toEqual(
			Array(2).fill('provider["registry.terraform.io/hashicorp/kubernetes"]'),
		);
		expect(sources.get("old")).toMatchObject({ serial: 8, lineage: "old" });
		expect(objectsOf(sources.get("old") as StateDocument)).toEqual(["kubernetes_role.c"]);
		expect(moved).toHaveLength(2);
	});

	test("have no secret of the older one, and another revision than the code, so that its value is written", () => {
		const { target, secrets } = next(undefined);
		expect(JSON.stringify(target)).not.toContain(password);
		expect(target.resources[1]?.instances[0]?.attributes).toMatchObject({ data: null, data_wo_revision: 4 });
		expect([...secrets].flatMap(([address, all]) => all.map(({ path }) => `${address} ${path}`))).toEqual([
			"kubernetes_secret_v1.login data.password",
		]);
	});

	test("are the same when they are made again, and end what was stopped between two writes", () => {
		const done = next(undefined);
		const half = next(done.target);
		expect(half.inBoth.map(({ from }) => from)).toEqual(["kubernetes_config_map.a", "kubernetes_secret.b"]);
		expect(objectsOf(half.target)).toEqual(objectsOf(done.target));
		expect(objectsOf(half.sources.get("old") as StateDocument)).toEqual(["kubernetes_role.c"]);
		const again = next(done.target, done.sources.get("old"));
		expect([again.moved, again.inBoth, again.imports, [...again.sources]]).toEqual([[], [], [], []]);
	});

	test("of a stack that goes on with its own state are that state", () => {
		const { target, sources } = next(old);
		expect(target).toMatchObject({ serial: 8, lineage: "old" });
		expect(objectsOf(target).sort()).toEqual([
			"kubernetes_config_map_v1.settings",
			"kubernetes_role.c",
			"kubernetes_secret_v1.login",
		]);
		expect([...sources]).toEqual([]);
	});

	test("are refused when an address is taken by something else, or an object is nowhere", () => {
		const other = { ...settings, metadata: [{ name: "other", namespace: "shop" }] };
		expect(() => next(state("new", { "kubernetes_config_map_v1.settings": other }))).toThrow(
			"kubernetes_config_map_v1.settings is taken by config_map shop/other: kubernetes_config_map.a of old is config_map shop/settings",
		);
		expect(() => next(undefined, state("old", {}))).toThrow("kubernetes_config_map.a is not in old any more");
	});

	test("types that only look alike are not taken for each other", () => {
		const source = state("old", { "kubernetes_ingress.a": settings });
		const entry: MapEntry = {
			state: "old",
			from: "kubernetes_ingress.a",
			to: "kubernetes_ingress_v1.a",
			how: "retype",
		};
		expect(() => next(undefined, source, [entry])).toThrow("are not one implementation");
	});
});

test("secrets are what a state marks, and what is one by its type", () => {
	const marks = [[{ type: "get_attr", value: "token" }]];
	const instance = { attributes: { token: "abc", name: "n", result: "r" }, sensitive_attributes: marks };
	expect(clearSecrets("any", instance)).toEqual([{ path: "token", value: "abc" }]);
	expect(clearSecrets("random_password", instance).map(({ path }) => path)).toEqual(["token", "result"]);
});

describe("a plan is refused", () => {
	const claim = { metadata: [{ name: "web-encrypted", namespace: "shop" }] };
	const change = (actions: string[], more: object = {}) => ({
		address: "kubernetes_persistent_volume_claim_v1.web",
		mode: "managed",
		type: "kubernetes_persistent_volume_claim_v1",
		change: {
			actions,
			before: actions[0] === "create" ? null : claim,
			after: actions.includes("delete") ? null : claim,
			...more,
		},
	});
	const plan = (changes: object[], live: Partial<StackPlan["live"]> = {}): StackPlan =>
		({
			...planned({ resource_changes: changes } as TerraformPlan),
			findings: [],
			live: { twins: [], claims: [], errors: [], ...live },
		}) as unknown as StackPlan;
	const left: MapEntry = {
		is: "persistent_volume_claim shop/web-data",
		state: "old",
		from: "kubernetes_persistent_volume_claim.data",
		how: "leave",
	};

	test.each([
		["that destroys", ["delete"]],
		["that replaces", ["delete", "create"]],
		["that replaces in the other order", ["create", "delete"]],
		["that forgets", ["forget"]],
		["that creates anew and forgets the old", ["create", "forget"]],
		["with an action that is not known", ["evict"]],
	])("%s", (_, actions) => {
		expect(refusals(plan([change(actions)]), [])).toEqual([expect.stringMatching(/web: the plan would /)]);
	});

	test("that replaces what it imports", () => {
		expect(refusals(plan([change(["delete", "create"], { importing: { id: "a" } })]), [])).toHaveLength(1);
	});

	test("that changes in place, imports or moves is not", () => {
		expect(
			refusals(plan([change(["update"]), change(["no-op"], { importing: { id: "a" } })]), [left]),
		).toEqual([]);
	});

	test("that makes a claim beside an old one which nothing takes, unless somebody has said that it is another thing", () => {
		const made = plan([change(["create"])]);
		expect(refusals(made, [left])).toEqual([
			expect.stringContaining("would be new and empty beside persistent_volume_claim shop/web-data"),
		]);
		expect(refusals(made, [{ ...left, unrelated: true }])).toEqual([]);
		expect(refusals(made, [{ ...left, is: "persistent_volume_claim other/web-data" }])).toEqual([]);
	});

	test("that makes what is there already, or what nobody could ask for", () => {
		const address = "kubernetes_persistent_volume_claim_v1.web";
		const made = [change(["create"])];
		expect(refusals(plan(made, { twins: [{ address, effect: "refused", what: "a claim" }] }), [])).toEqual([
			`${address} would be created, and a claim is already there: how: import`,
		]);
		expect(refusals(plan(made, { errors: ["no answer"] }), [])).toEqual([
			"1 would be created, and nobody knows whether they are there already: no answer",
		]);
	});
});
