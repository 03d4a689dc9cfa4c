import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRegistry } from "../../../clients/vault/load-registry.ts";
import { loadSite } from "../../../config/load-site.ts";
import { plannedResources } from "../../../constructs/woodpecker/planner-rights.ts";
import { loadStacks } from "../../../stacks/catalogue.ts";
import { InfraApp } from "../../../stacks/infra-app.ts";
import { kubernetesObjects } from "../../../world/kubernetes-objects.ts";
import type { Json, World } from "../../../world/world.ts";
import { ControlPlane, controlPlanePrograms } from "../harness/control-plane.ts";
import { needsPrograms } from "../harness/programs.ts";
import { waitFor } from "../harness/wait-for.ts";

const ready = needsPrograms(...controlPlanePrograms);
const folder = mkdtempSync(join(tmpdir(), `infra-${process.pid}-planner-`));
const site = await loadSite("lab");
const world: World = {
	site,
	stacks: new InfraApp({ site, registry: await loadRegistry(site), stacks: await loadStacks() }).check()
		.documents,
};
const namespace = "woodpecker-infra";
const user = `system:serviceaccount:${namespace}:infrastructure-plan`;
const rbac = "/apis/rbac.authorization.k8s.io/v1";
let plane: ControlPlane;

const own = world.stacks
	.filter(({ stack }) => stack === "woodpecker")
	.flatMap(({ resources }) => resources)
	.filter(({ path }) => path.includes("/infrastructure-identity/planner/"));
// biome-ignore lint/suspicious/noExplicitAny: arguments are read by name
const given = (type: string) => own.filter((one) => one.type === type).map((one): any => one.arguments);

/** Rules as the API has them. */
const rules = (list: Record<string, Json>[]) =>
	list.map(({ api_groups, resource_names, ...rest }) => ({
		...rest,
		apiGroups: api_groups,
		...(resource_names && { resourceNames: resource_names }),
	}));
const subjects = [{ kind: "ServiceAccount", name: "infrastructure-plan", namespace }];

beforeAll(async () => {
	if (!ready) return;
	mkdirSync(join(folder, "plane"));
	plane = await ControlPlane.start(join(folder, "plane"));
	const make = async (path: string, body: object) => {
		const { status, body: answer } = await plane.ask("POST", path, body);
		if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
	};
	for (const name of [namespace, "redis", ...site.woodpecker.plannedSecrets])
		await make("/api/v1/namespaces", { metadata: { name } });
	await make(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
		metadata: { name: "infrastructure-plan" },
	});
	for (const { manifest } of given("kubernetes_manifest"))
		await make(
			`/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic${manifest.kind.endsWith("Binding") ? "ybindings" : "ies"}`,
			manifest,
		);
	for (const { metadata, rule } of given("kubernetes_cluster_role_v1"))
		await make(`${rbac}/clusterroles`, { metadata, rules: rules(rule) });
	for (const { metadata, rule } of given("kubernetes_role_v1"))
		await make(`${rbac}/namespaces/${namespace}/roles`, {
			metadata: { name: metadata.name },
			rules: rules(rule),
		});
	const bind = (kind: string, name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name });
	await make(`${rbac}/clusterrolebindings`, {
		metadata: { name: "infrastructure-plan" },
		roleRef: bind("ClusterRole", "infrastructure-plan"),
		subjects,
	});
	for (const name of site.woodpecker.plannedSecrets)
		await make(`${rbac}/namespaces/${name}/rolebindings`, {
			metadata: { name: "infrastructure-plan-secrets" },
			roleRef: bind("ClusterRole", "infrastructure-plan-secrets"),
			subjects,
		});
	await make(`${rbac}/namespaces/${namespace}/rolebindings`, {
		metadata: { name: "infrastructure-plan" },
		roleRef: bind("Role", "infrastructure-plan"),
		subjects,
	});
	// A kind of an operator, as the provider plans it.
	await make("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
		metadata: { name: "externalsecrets.external-secrets.io" },
		spec: {
			group: "external-secrets.io",
			scope: "Namespaced",
			names: { kind: "ExternalSecret", plural: "externalsecrets", singular: "externalsecret" },
			versions: [
				{
					name: "v1",
					served: true,
					storage: true,
					schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
				},
			],
		},
	});
	await waitFor("its rights and the policy are in force", inForce, { within: 60_000 });
}, 180_000);
afterAll(async () => {
	await plane?.stop();
	rmSync(folder, { recursive: true });
});

const secrets = "/apis/external-secrets.io/v1/namespaces/redis/externalsecrets";
const external = (name: string) => ({
	apiVersion: "external-secrets.io/v1",
	kind: "ExternalSecret",
	metadata: { name },
	spec: {},
});
/** Writes as a plan does, or as a deploy would. */
const apply = (name: string, query: string) =>
	plane.askAs(user, "POST", `${secrets}${query}`, external(name));

/** The API server sees all of it a moment after it was made, and its own kinds before those of a definition. */
async function inForce(): Promise<boolean> {
	const reads = [
		"/apis/apps/v1/deployments",
		...site.woodpecker.plannedSecrets.map((name) => `/api/v1/namespaces/${name}/secrets`),
	].map((path) => plane.askAs(user, "GET", path));
	const token = plane.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
		spec: {
			user,
			resourceAttributes: {
				verb: "create",
				resource: "serviceaccounts",
				subresource: "token",
				name: "infrastructure-plan",
				namespace,
			},
		},
	});
	// One without a right is refused as well.
	return (
		(await Promise.all(reads)).every(({ status }) => status === 200) &&
		(await token).body.status.allowed &&
		/must be a dry run/.test((await apply("early", "")).body.message)
	);
}

describe("the account that plans", () => {
	test("reads what every stack consists of", async () => {
		const { body } = await plane.askAs(user, "GET", "/apis/apps/v1/deployments");
		expect(body.kind).toBe("DeploymentList");
		expect((await plane.askAs(user, "GET", "/api/v1/namespaces/redis/configmaps")).status).toBe(200);
		expect((await plane.askAs(user, "GET", "/api/v1/namespaces/mailserver/secrets")).status).toBe(200);
	});

	test("reads no Secret where a plan has nothing to read, and none of the whole cluster", async () => {
		expect((await plane.askAs(user, "GET", `/api/v1/namespaces/${namespace}/secrets`)).status).toBe(403);
		expect((await plane.askAs(user, "GET", "/api/v1/namespaces/kube-system/secrets")).status).toBe(403);
		expect((await plane.askAs(user, "GET", "/api/v1/secrets")).status).toBe(403);
	});

	test("writes by dry runs alone, also where it has the right to write", async () => {
		expect((await apply("dry", "?dryRun=All")).status).toBe(201);
		const { status, body } = await apply("wet", "");
		expect([status, body.message]).toEqual([403, expect.stringContaining("must be a dry run")]);
		expect((await plane.ask("GET", `${secrets}/wet`)).status).toBe(404);
	});

	test.for<[what: string, method: string, path: string, body?: object]>([
		["makes a ConfigMap", "POST", "/api/v1/namespaces/redis/configmaps", { metadata: { name: "x" } }],
		["deletes a namespace", "DELETE", "/api/v1/namespaces/redis"],
		["runs a pod", "POST", `/api/v1/namespaces/${namespace}/pods`, { metadata: { name: "x" } }],
		["binds a role", "POST", `${rbac}/clusterrolebindings`, { metadata: { name: "x" } }],
		[
			"changes an admission policy, which no policy could keep it from",
			"DELETE",
			"/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/infrastructure-plan-dry-runs",
		],
		[
			"takes a token of another account",
			"POST",
			`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
			{ spec: {} },
		],
		["reads what a pod says", "GET", `/api/v1/namespaces/${namespace}/pods/x/log`],
		["reaches a node", "GET", "/api/v1/nodes/x/proxy/"],
	])("never %s", async ([, method, path, body]) => {
		expect((await plane.askAs(user, method, path, body)).status).toBe(403);
	});

	test("takes a token of its own for Vault, which the API server does not accept", async () => {
		const { status, body } = await plane.askAs(
			user,
			"POST",
			`/api/v1/namespaces/${namespace}/serviceaccounts/infrastructure-plan/token`,
			{ spec: { audiences: ["vault"], expirationSeconds: 600 } },
		);
		expect(status).toBe(201);
		const used = await plane.ask("GET", "/api/v1/namespaces", undefined, body.status.token);
		expect(used.status).toBe(401);
	});
});

test("every kind that stacks have is one that it reads", () => {
	const known = new Set(Object.values(plannedResources).flat());
	const kinds = kubernetesObjects(world)
		.all.map(({ kind }) => kind.replaceAll("_", ""))
		.filter((kind) => kind !== "secret");
	const plural = (kind: string) =>
		kind.endsWith("y") && !/[aeiou]y$/.test(kind)
			? `${kind.slice(0, -1)}ies`
			: kind.endsWith("s") || kind.endsWith("ss")
				? `${kind}es`
				: `${kind}s`;
	expect([...new Set(kinds.map(plural))].filter((kind) => !known.has(kind)).sort()).toEqual([]);
});
