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
});
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

const unnamed = { resourceNames: [], nonResourceURLs: [] as const };

/** A world in which something is allowed for certain: by a Role to a person and an account, by aggregation to a group. */
const known: RbacModel = {
	roles: [
		{
			name: "a",
			namespace: "left",
			rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], ...unnamed }],
		},
	],
	clusterRoles: [
		{
			name: "b",
			rules: [{ verbs: ["create"], apiGroups: ["apps"], resources: ["deployments"], ...unnamed }],
			labels: { "example.org/into": "true" },
		},
	],
	bindings: [
		{
			name: "x",
			namespace: "left",
			role: { kind: "Role", name: "a" },
			subjects: [
				{ kind: "User", name: "jane" },
				{ kind: "ServiceAccount", name: "app", namespace: "left" },
			],
		},
		{
			name: "y",
			namespace: undefined,
			role: { kind: "ClusterRole", name: "all" },
			subjects: [{ kind: "Group", name: "crew" }],
		},
	],
};
const askedOfKnown = askers.map(
	(asker): Question => [asker, { verb: "create", group: "apps", resource: "deployments" }],
);

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
		{ numRuns: 30, examples: [[known, askedOfKnown]] },
	);
	// Those of the known world; how many others there are is up to chance.
	expect(allowed).toBeGreaterThanOrEqual(3);
}, 600_000);

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
		{ within: 60_000, every: 100 },
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
	const rights = (list: { apiGroups: string[]; resources: string[]; verbs: string[] }[]) => [
		...new Set(
			list.flatMap(({ apiGroups, resources, verbs }) =>
				apiGroups.flatMap((group) =>
					resources.flatMap((one) => verbs.map((verb) => `${verb} ${one}.${group}`)),
				),
			),
		),
	];
	const ofServer = async () => (await plane.ask("GET", `${api}/clusterroles/${name}`)).body.rules ?? [];
	// Its controller aggregates the role in as many steps as it likes.
	await expect
		.poll(async () => rights(await ofServer()).sort(), { timeout: 60_000, interval: 200 })
		.toEqual(rights(rulesOf(name) as never).sort());
});

function rulesOf(name: string): unknown[] {
	const role = builtInRoles[name];
	return [...(role?.rules ?? []), ...(role?.contains ?? []).flatMap(rulesOf)];
}
