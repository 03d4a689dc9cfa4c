import { beforeAll, describe, expect, test } from "vitest";
import { lostNamespaces, type Revoked, revokeDerived } from "../../../cli/owners/revoke.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import { waitFor } from "../harness/wait-for.ts";
import { alice, pod } from "./people.ts";
import { created, outcome, tenantWorld } from "./tenant-world.ts";

const erin = { role: "namespace-owner", email: "e@example.com", namespaces: ["alice"] };
const before = { alice, erin };
const after = { alice: { ...alice, disabled: true }, erin };
const applied = tenantWorld("leaving", { registry: before, programs: ["kubectl"] });

const core = "/api/v1/namespaces/alice";
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice";
const asAlice = (method: string, path: string, body?: object) =>
	applied.world.as(alice.email, method, path, body);
const read = async (token: string) =>
	(await applied.world.plane.ask("GET", `${core}/secrets`, undefined, token)).status;
const site = () => ({ cluster: { kubeconfig: applied.world.plane.kubeconfig } }) as never;
const revoke = () => revokeDerived(site(), parseRegistry(JSON.stringify(after)), "alice", "alice");

/** How long controllers may take: a token that was valid a moment ago is kept for ten seconds by the API server. */
const soon = { within: 60_000, every: 200 };

/** Tokens that alice made: an hour's, one of a pod, and one in a Secret that is older than the rule against it. */
const tokens: Record<string, string> = {};

beforeAll(async () => {
	if (!applied.ready) return;
	const { plane } = applied.world;
	await asAlice("POST", `${core}/serviceaccounts`, {
		metadata: { name: "keep", labels: { of: "alice" } },
		imagePullSecrets: [{ name: "pull" }],
	});
	await asAlice("POST", `${rbac}/rolebindings`, {
		metadata: { name: "keep" },
		roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
		subjects: [
			{ kind: "ServiceAccount", name: "keep", namespace: "alice" },
			{ kind: "ServiceAccount", name: "default", namespace: "alice" },
		],
	});
	const issue = async (account: string, spec: object) =>
		(await asAlice("POST", `${core}/serviceaccounts/${account}/token`, { spec })).body.status.token;
	tokens.hour = await issue("keep", { expirationSeconds: 3600 });
	await asAlice("POST", `${core}/pods`, pod("stays"));
	const { uid } = (await plane.ask("GET", `${core}/pods/stays`)).body.metadata;
	tokens.pod = await issue("default", {
		boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "stays", uid },
	});
	tokens.kept = await keptToken();
	await waitFor(
		"the accounts have their rights",
		async () => (await Promise.all(Object.values(tokens).map(read))).every((status) => status === 200),
		soon,
	);
}, 180_000);

/** Made while the rule against it was not there yet. */
async function keptToken(): Promise<string> {
	const { plane } = applied.world;
	const bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
	const { metadata, ...rule } = (await plane.ask("GET", `${bindings}/tenant-token-secrets`)).body;
	await plane.ask("DELETE", `${bindings}/tenant-token-secrets`);
	const secret = {
		metadata: { name: "kept", annotations: { "kubernetes.io/service-account.name": "keep" } },
		type: "kubernetes.io/service-account-token",
	};
	await waitFor(
		"the rule is gone",
		async () => (await asAlice("POST", `${core}/secrets`, secret)).status === 201,
		soon,
	);
	await plane.ask("POST", bindings, { ...rule, metadata: { name: metadata.name } });
	let token = "";
	await waitFor(
		"the controller has filled the Secret",
		async () => {
			token = (await plane.ask("GET", `${core}/secrets/kept`)).body.data?.token ?? "";
			return token !== "";
		},
		soon,
	);
	return Buffer.from(token, "base64").toString();
}

describe("somebody who leaves a namespace that others keep", () => {
	let done: Revoked;

	test("has tokens that outlive their rights", async () => {
		for (const [what, token] of Object.entries(tokens))
			expect([what, await read(token)]).toEqual([what, 200]);
	});

	test("is not revoked while the rights are there", async () => {
		expect(() => lostNamespaces(parseRegistry(JSON.stringify(before)), "alice", [])).toThrow(
			"alice still has alice",
		);
		await expect(revoke()).rejects.toThrow("alice still has rights in alice");
		expect(await read(tokens.hour ?? "")).toBe(200);
	});

	test("loses every token and binding with what the command does", async () => {
		await applied.world.apply(after);
		expect(await outcome(asAlice("GET", `${core}/secrets`))).toEqual([403, expect.anything()]);
		for (const [what, token] of Object.entries(tokens))
			expect([what, await read(token)]).toEqual([what, 200]);
		done = await revoke();
		expect(done.bindings).toEqual(["keep"]);
		expect(done.tokens).toEqual(["kept"]);
		expect(done.accounts).toEqual(expect.arrayContaining(["default", "keep"]));
		await waitFor(
			"no token is valid any more",
			async () => (await Promise.all(Object.values(tokens).map(read))).every((status) => status === 401),
			soon,
		);
	});

	test("leaves accounts as they were, what runs, and the other owner", async () => {
		const { body } = await applied.world.plane.ask("GET", `${core}/serviceaccounts/keep`);
		expect([body.metadata.labels, body.imagePullSecrets]).toEqual([{ of: "alice" }, [{ name: "pull" }]]);
		expect(done.left).toContain("pod/stays");
		const { status } = await applied.world.as(erin.email, "GET", `${core}/secrets`);
		expect(status).toBe(200);
		await applied.world.whenReady("alice");
	});

	test("a second time there is nothing to take away", async () => {
		const again = await revoke();
		expect([again.bindings, again.tokens]).toEqual([[], []]);
	});

	test("an account of a deployer is Vault's, and is not made anew", async () => {
		const { plane } = applied.world;
		const name = "v-alice-deployer-1767225600-abcdefghij0123456789";
		expect(await outcome(plane.ask("POST", `${core}/serviceaccounts`, { metadata: { name } }))).toEqual(
			created,
		);
		await revoke();
		expect((await plane.ask("GET", `${core}/serviceaccounts/${name}`)).status).toBe(404);
	});
});
