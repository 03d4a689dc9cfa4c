import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";
import { AppliedPlatform, type Right } from "./applied-platform.ts";
import { alice, bob, carol, dave, finn, registry } from "./people.ts";

const ready = needsPrograms(...controlPlanePrograms, "terraform");

const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-platform-`));
let world: AppliedPlatform;
let missing: string | undefined;
/** Output of the first plan, before the namespaces exist. */
let firstPlan = "";

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

beforeAll(async () => {
	if (!ready) return;
	world = await AppliedPlatform.start(folder);
	missing = await world.providersMissing(registry);
	if (missing !== undefined) return;
	await world.makeOtherNamespaces();
	firstPlan = await world.plan(registry).then(
		() => "it succeeded",
		(error: Error) => error.message,
	);
	await world.makeNamespaces(registry);
	await world.apply(registry);
}, 120_000);
beforeEach(({ skip }) => {
	if (missing !== undefined) skip(missing);
});
afterAll(async () => {
	await world?.stop();
	rmSync(folder, { recursive: true });
});

describe("the stack on a real API server", () => {
	test("names the namespaces that nobody has made, and plans nothing without them", () => {
		const text = stripVTControlCharacters(firstPlan).replaceAll(/[\s│]+/g, " ");
		expect(text.slice(text.lastIndexOf("Namespaces not found"))).toContain(
			"Namespaces not found: alice, alice-dev, bob, finn. Apply the stack vault first.",
		);
	});

	test("has nothing left to change after it was applied", async () => {
		expect(await world.plan(registry)).toEqual([]);
	});
});

describe("rights", () => {
	const inAlice = (verb: string, resource: string, group = "", subresource = ""): Right => ({
		verb,
		resource,
		group,
		subresource,
		namespace: "alice",
	});
	const deploy = (namespace: string): Right => ({
		verb: "create",
		resource: "deployments",
		group: "apps",
		namespace,
	});
	const everywhere = (verb: string, resource: string, group = ""): Right => ({ verb, resource, group });

	test.for<[who: string, does: string, right: Right]>([
		[alice.email, "deploys at home", deploy("alice")],
		[alice.email, "deploys in the second namespace", deploy("alice-dev")],
		[alice.email, "reads her secrets", inAlice("get", "secrets")],
		[alice.email, "serves hosts", inAlice("create", "ingresses", "networking.k8s.io")],
		[alice.email, "binds roles", inAlice("create", "rolebindings", "rbac.authorization.k8s.io")],
		[alice.email, "looks into pods", inAlice("create", "pods", "", "exec")],
		[alice.email, "issues tokens of accounts", inAlice("create", "serviceaccounts", "", "token")],
		[alice.email, "reads her limits", inAlice("get", "limitranges")],
		[alice.email, "reads her quota", inAlice("get", "resourcequotas")],
		[alice.email, "reads her namespace", { ...inAlice("get", "namespaces"), name: "alice" }],
		[alice.email, "lists namespaces", everywhere("list", "namespaces")],
		[alice.email, "lists nodes", everywhere("list", "nodes")],
		[alice.email, "lists storage classes", everywhere("list", "storageclasses", "storage.k8s.io")],
		[carol.email, "sees pods everywhere", everywhere("list", "pods")],
		[carol.email, "deploys where the site says", deploy("queue")],
		[carol.email, "reads logs there", { ...inAlice("get", "pods", "", "log"), namespace: "queue" }],
		[dave.email, "does everything", { verb: "*", resource: "*", group: "*" }],
	])("%s %s", async ([who, , right]) => {
		expect(await world.may(who, right)).toBe(true);
	});

	test.for<[who: string, doesNot: string, right: Right]>([
		[alice.email, "changes her quota", inAlice("update", "resourcequotas")],
		[alice.email, "makes limits", inAlice("create", "limitranges")],
		[alice.email, "writes endpoints", inAlice("create", "endpoints")],
		[alice.email, "relabels her namespace", { ...inAlice("patch", "namespaces"), name: "alice" }],
		[alice.email, "deletes her namespace", { ...inAlice("delete", "namespaces"), name: "alice" }],
		[alice.email, "deploys at another's", deploy("bob")],
		[alice.email, "reads another's secrets", { ...inAlice("get", "secrets"), namespace: "bob" }],
		[alice.email, "reads another's logs", { ...inAlice("get", "pods", "", "log"), namespace: "bob" }],
		[alice.email, "lists another's pods", { ...inAlice("list", "pods"), namespace: "bob" }],
		[alice.email, "lists all config maps", everywhere("list", "configmaps")],
		[alice.email, "lists all secrets", everywhere("list", "secrets")],
		[alice.email, "makes namespaces", everywhere("create", "namespaces")],
		[
			alice.email,
			"makes roles of the cluster",
			everywhere("create", "clusterroles", "rbac.authorization.k8s.io"),
		],
		[
			alice.email,
			"binds roles of the cluster",
			everywhere("create", "clusterrolebindings", "rbac.authorization.k8s.io"),
		],
		[alice.email, "makes volumes of the cluster", everywhere("create", "persistentvolumes")],
		[alice.email, "makes priority classes", everywhere("create", "priorityclasses", "scheduling.k8s.io")],
		[alice.email, "takes somebody's part", everywhere("impersonate", "users")],
		[
			alice.email,
			"writes policies of admission",
			everywhere("update", "validatingadmissionpolicies", "admissionregistration.k8s.io"),
		],
		["A@Example.com", "is alice", deploy("alice")],
		[carol.email, "reads secrets of the cluster", everywhere("get", "secrets")],
		[carol.email, "reads secrets where she deploys", { ...inAlice("get", "secrets"), namespace: "queue" }],
		[carol.email, "reads config maps of the cluster", everywhere("list", "configmaps")],
		[carol.email, "reads logs elsewhere", { ...inAlice("get", "pods", "", "log"), namespace: "other" }],
		[carol.email, "runs pods elsewhere", { verb: "create", resource: "pods", namespace: "other" }],
		[
			carol.email,
			"binds roles",
			{ ...everywhere("create", "rolebindings", "rbac.authorization.k8s.io"), namespace: "queue" },
		],
		[finn.email, "reads the lost namespace", { verb: "get", resource: "pods", namespace: "finn" }],
		[finn.email, "lists namespaces", everywhere("list", "namespaces")],
	])("nothing of it: %s %s", async ([who, , right]) => {
		expect(await world.may(who, right)).toBe(false);
	});

	test("of the unprefixed address are nobody's", async () => {
		expect((await world.plane.askAs(alice.email, "GET", pods("alice"))).status).toBe(403);
		expect((await world.as(alice.email, "GET", pods("alice"))).status).toBe(200);
	});

	test("that she does not hold cannot be given away", async () => {
		const role = {
			metadata: { name: "all-powerful" },
			rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
		};
		const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice/roles";
		const { status, body } = await world.as(alice.email, "POST", roles, role);
		expect([status, body.message]).toEqual([403, expect.stringContaining("not currently held")]);
	});
});

describe("a change of the registry", () => {
	const erin = { role: "namespace-owner", email: "e@example.com", namespaces: ["erin"] };
	const count = (changes: readonly { actions: readonly string[] }[], action: string) =>
		changes.filter(({ actions }) => actions.join() === action).length;

	test("that adds somebody makes the newcomer's objects and touches no other", async () => {
		const more = { ...registry, erin };
		await world.makeNamespaces(more);
		const plan = await world.plan(more, { refresh: false });
		expect(plan.every(({ address }) => address.includes("erin"))).toBe(true);
		// Two bindings for the person; two quotas, limits and two network policies for the namespace.
		expect([plan.length, count(plan, "create")]).toEqual([7, 7]);
	});

	test("that disables somebody takes the bindings and keeps the limits", async () => {
		const plan = await world.plan({ ...registry, bob: { ...bob, disabled: true } }, { refresh: false });
		expect(
			plan.map(({ address, actions }) => [address.replace(/_[0-9A-F]{8}$/, ""), actions.join()]),
		).toEqual([
			["kubernetes_cluster_role_binding_v1.owner-bob_read-only", "delete"],
			["kubernetes_role_binding_v1.owner-bob_admin-of-bob", "delete"],
		]);
	});

	test("that removes somebody ends every right and leaves the others alone", async () => {
		const { bob: _, ...rest } = registry;
		const plan = await world.plan(rest, { refresh: false });
		expect(plan.every(({ address }) => address.includes("bob"))).toBe(true);
		expect([plan.length, count(plan, "delete")]).toEqual([7, 7]);
		await world.applyPlan();
		expect(await world.may(bob.email, { verb: "get", resource: "pods", namespace: "bob" })).toBe(false);
		expect(await world.may(alice.email, { verb: "get", resource: "pods", namespace: "alice" })).toBe(true);
	}, 60_000);

	test("lets a namespace go with everything in it", async () => {
		await world.plane.ask("DELETE", "/api/v1/namespaces/alice-dev");
		await waitFor(
			"the namespace is gone",
			async () => (await world.plane.ask("GET", "/api/v1/namespaces/alice-dev")).status === 404,
			{ within: 60_000, every: 500 },
		);
	}, 90_000);
});
