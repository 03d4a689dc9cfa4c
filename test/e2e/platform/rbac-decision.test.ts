import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtInRoles } from "../../../review/reach/built-in-roles.ts";
import { type ApiRequest, mayRequest } from "../../../review/reach/rbac-grants.ts";
import { boundActor } from "../../../review/reach/subjects.ts";
import type { RbacSubject } from "../../../world/rbac.ts";
import type { World } from "../../../world/world.ts";
import {
	bindingsOf,
	blocksOf,
	namespaces,
	type RbacModel,
	rbacModels,
	rolesOf,
} from "../../unit/review/rbac-world.ts";
import { worldWith } from "../../unit/review/reach-world.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needsPrograms(...controlPlanePrograms);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-rbac-`));
let plane: ControlPlane;
const api = "/apis/rbac.authorization.k8s.io/v1";

beforeAll(async () => {
	if (!ready) return;
	plane = await ControlPlane.start(folder);
	for (const name of namespaces) await plane.ask("POST", "/api/v1/namespaces", { metadata: { name } });
}, 90_000);
afterAll(async () => {
	if (ready) await plane.stop();
	rmSync(folder, { recursive: true, force: true });
});

/** Who asks: as the API server sees them, and as a binding names them. */
const askers = [
	{ user: "jane", groups: [], bound: { kind: "User", name: "jane" } },
	{ user: "crewman", groups: ["crew"], bound: { kind: "Group", name: "crew" } },
	{ account: ["left", "app"], bound: { kind: "ServiceAccount", name: "app", namespace: "left" } },
	{ account: ["right", "other"], bound: { kind: "ServiceAccount", name: "other", namespace: "right" } },
].map(({ user, groups, account, bound }) => ({
	user: user ?? `system:serviceaccount:${account?.join(":")}`,
	groups: [
		"system:authenticated",
		...(groups ?? ["system:serviceaccounts", `system:serviceaccounts:${account?.[0]}`]),
	],
	bound: { namespace: "", ...bound } as RbacSubject,
}));

const request = fc.record(
	{
		verb: fc.constantFrom("get", "list", "create", "patch", "delete", "impersonate", "bind"),
		group: fc.constantFrom("", "apps", "rbac.authorization.k8s.io", "batch"),
		resource: fc.constantFrom("secrets", "pods", "deployments", "roles", "services"),
		subresource: fc.constantFrom("exec", "scale"),
		namespace: fc.constantFrom(...namespaces),
		name: fc.constantFrom("one", "three"),
	},
	{ requiredKeys: ["verb", "group", "resource"] },
);
type Question = readonly [(typeof askers)[number], ApiRequest];
const asked = fc.array(fc.tuple(fc.constantFrom(...askers), request), { minLength: 40, maxLength: 40 });

/** What the bindings of a model are there to allow: each rule of the bound role, asked by everybody. */
function meant(model: RbacModel): readonly Question[] {
	const plain = (values: readonly string[], instead: string) => values.find((one) => one !== "*") ?? instead;
	return bindingsOf(model).flatMap(({ namespace, role }) =>
		rolesOf(model)
			.filter(({ name, namespace: own }) => name === role.name && (own === undefined || own === namespace))
			.flatMap(({ rules }) => rules)
			.flatMap(({ verbs, apiGroups, resources, resourceNames: [name] }) => {
				const [resource = "", subresource] = plain(resources, "pods").split("/");
				const one: ApiRequest = {
					verb: plain(verbs, "get"),
					group: plain(apiGroups, "apps"),
					resource: resource === "*" ? "deployments" : resource,
					...(subresource === undefined ? {} : { subresource }),
					...(namespace === undefined ? {} : { namespace }),
					...(name === undefined ? {} : { name }),
				};
				return askers.map((asker): Question => [asker, one]);
			}),
	);
}

async function decided({ user, groups }: (typeof askers)[number], resourceAttributes: ApiRequest) {
	const { body } = await plane.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
		spec: { user, groups, resourceAttributes },
	});
	return body.status.allowed as boolean;
}

test("the API server decides as the review of a change does", async () => {
	let allowed = 0;
	await fc.assert(
		fc.asyncProperty(rbacModels, asked, async (model, any) => {
			const world = worldWith(...blocksOf(model));
			const requests = [...any, ...meant(model)];
			const objects = await make(model);
			try {
				await eventually(world, requests);
				for (const [asker, one] of requests) if (await decided(asker, one)) allowed += 1;
			} finally {
				for (const path of objects) await plane.ask("DELETE", path);
				await forgotten(requests);
			}
		}),
		{ numRuns: 30 },
	);
	expect(allowed).toBeGreaterThan(20);
});

/** The authorizer watches: it knows a change within moments, and what it says then must be what we say. */
async function eventually(world: World, requests: readonly Question[]): Promise<void> {
	let different: unknown[] = [];
	await waitFor(
		"the API server decides the same",
		async () => {
			const answers = await Promise.all(
				requests.map(async ([asker, one]) => ({
					who: asker.user,
					request: one,
					server: await decided(asker, one),
					review: mayRequest(world, boundActor(world, asker.bound), one),
				})),
			);
			different = answers.filter(({ server, review }) => server !== review);
			return different.length === 0;
		},
		{ within: 30_000, every: 100 },
	).catch((error) => {
		throw new Error(`${error.message}: ${JSON.stringify(different)}`);
	});
}

async function forgotten(requests: readonly Question[]) {
	await eventually(worldWith(), requests);
}

/** Makes the objects of a model. @returns their paths */
async function make(model: RbacModel): Promise<readonly string[]> {
	const apiGroup = "rbac.authorization.k8s.io";
	const made: string[] = [];
	const create = async (path: string, body: { readonly metadata: { readonly name: string } }) => {
		const { status, body: answer } = await plane.ask("POST", `${api}${path}`, body);
		if (status !== 201) throw new Error(`${path}: ${status} ${answer.message}`);
		made.push(`${api}${path}/${body.metadata.name}`);
	};
	const inside = (namespace: string | undefined, kind: string) =>
		namespace === undefined ? `/cluster${kind}` : `/namespaces/${namespace}/${kind}`;
	for (const { name, namespace, rules, labels, aggregates } of rolesOf(model))
		await create(inside(namespace, "roles"), {
			metadata: { name, ...(labels ? { labels } : {}) },
			...(aggregates === undefined
				? { rules: rules.map(({ nonResourceURLs: _, ...rest }) => rest) }
				: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: "true" } }] } }),
		} as { metadata: { name: string } });
	for (const { name, namespace, role, subjects } of bindingsOf(model))
		await create(inside(namespace, "rolebindings"), {
			metadata: { name },
			roleRef: { apiGroup, ...role },
			subjects,
		} as { metadata: { name: string } });
	return made;
}

test.for(["admin", "edit", "view"])("the rules of %s are the API server's", async (name) => {
	let rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[] = [];
	await waitFor(
		"the controller has aggregated the role",
		async () => {
			rules = (await plane.ask("GET", `${api}/clusterroles/${name}`)).body.rules ?? [];
			return rules.length > 5;
		},
		{ within: 20_000 },
	);
	const rights = (list: typeof rules) =>
		new Set(
			list.flatMap(({ apiGroups, resources, verbs }) =>
				apiGroups.flatMap((group) =>
					resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}.${group}`)),
				),
			),
		);
	expect([...rights(rulesOf(name) as unknown as typeof rules)].sort()).toEqual([...rights(rules)].sort());
});

function rulesOf(name: string): unknown[] {
	const role = builtInRoles[name];
	return [...(role?.rules ?? []), ...(role?.contains ?? []).flatMap(rulesOf)];
}
