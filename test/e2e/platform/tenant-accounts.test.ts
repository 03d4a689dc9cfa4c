import { describe, expect, test } from "vitest";
import { waitFor } from "../harness/wait-for.ts";
import { alice, dave, pod } from "./people.ts";
import { created, outcome, refused, tenantWorld } from "./tenant-world.ts";

const applied = tenantWorld("accounts");

const core = "/api/v1/namespaces/alice";
const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/alice";
const asAlice = (method: string, path: string, body?: object) =>
	outcome(applied.world.as(alice.email, method, path, body));
const asAdministrator = (method: string, path: string, body?: object) =>
	outcome(applied.world.plane.ask(method, path, body));

describe("a token of an account", () => {
	const token = (expirationSeconds?: number, boundObjectRef?: object) => ({
		apiVersion: "authentication.k8s.io/v1",
		kind: "TokenRequest",
		spec: {
			...(expirationSeconds ? { expirationSeconds } : {}),
			...(boundObjectRef ? { boundObjectRef } : {}),
		},
	});
	const tokens = `${core}/serviceaccounts/default/token`;
	const tooLong = refused("ValidatingAdmissionPolicy 'tenant-account-tokens'");

	test("is issued for an hour", async () => {
		expect(await asAlice("POST", tokens, token())).toEqual(created);
		expect(await asAlice("POST", tokens, token(3600))).toEqual(created);
	});

	test.for([3601, 3607, 86_400, 31_536_000])("is not issued for %d seconds", async (seconds) => {
		expect(await asAlice("POST", tokens, token(seconds))).toEqual(tooLong);
	});

	test("of a pod is the node's to ask for: the API server makes a year of its seconds", async () => {
		expect(await asAlice("POST", `${core}/pods`, pod("bound"))).toEqual(created);
		const { metadata } = (await applied.world.plane.ask("GET", `${core}/pods/bound`)).body;
		const bound = { kind: "Pod", apiVersion: "v1", name: "bound", uid: metadata.uid };
		expect(await asAlice("POST", tokens, token(3607, bound))).toEqual(tooLong);
		const asNode = (seconds: number) =>
			applied.world.plane.ask("POST", tokens, token(seconds, bound), undefined, {
				"impersonate-user": "system:node:a",
				"impersonate-group": "system:nodes",
			});
		// RBAC knows no node here; an administrator lends the right.
		const role = { rules: [{ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] }] };
		await asAdministrator("POST", `${rbac}/roles`, { metadata: { name: "node" }, ...role });
		await asAdministrator("POST", `${rbac}/rolebindings`, {
			metadata: { name: "node" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "node" },
			subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }],
		});
		// The API server hears of it a moment later.
		await waitFor("the right", async () => (await asNode(3607)).status === 201, { within: 60_000 });
		expect(await outcome(asNode(86_400))).toEqual(tooLong);
	});

	test("is not mounted into a pod for longer", async () => {
		const projected = (expirationSeconds: number) => ({
			volumes: [
				{ name: "t", projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds } }] } },
			],
		});
		expect(await asAlice("POST", `${core}/pods`, pod("long", projected(86_400)))).toEqual(
			refused("ValidatingAdmissionPolicy 'tenant-volumes'"),
		);
		expect(await asAlice("POST", `${core}/pods`, pod("short", projected(3600)))).toEqual(created);
	});

	test("is kept in no Secret, whoever writes it", async () => {
		const secret = {
			metadata: { name: "kept", annotations: { "kubernetes.io/service-account.name": "default" } },
			type: "kubernetes.io/service-account-token",
		};
		const refusal = refused("ValidatingAdmissionPolicy 'tenant-token-secrets'");
		expect(await asAlice("POST", `${core}/secrets`, secret)).toEqual(refusal);
		expect(await asAdministrator("POST", `${core}/secrets`, secret)).toEqual(refusal);
		expect(await asAdministrator("POST", "/api/v1/namespaces/other/secrets", secret)).toEqual(created);
	});
});

describe("what the platform made in the namespace", () => {
	const refusedBinding = refused("ValidatingAdmissionPolicy 'tenant-role-bindings'");
	const refusedAccount = refused("ValidatingAdmissionPolicy 'tenant-platform-accounts'");

	test("the binding of a person is not an owner's to change or delete", async () => {
		const binding = `${rbac}/rolebindings/namespace-owner-alice`;
		expect(await asAlice("DELETE", binding)).toEqual(refusedBinding);
		expect(await asAlice("DELETE", `${rbac}/rolebindings`)).toEqual(refusedBinding);
		expect(await asAlice("PATCH", binding, { subjects: [] })).toEqual(refusedBinding);
		expect((await asAdministrator("GET", binding))[0]).toBe(200);
	});

	test("the deployer's Role and the reader of secrets are not, either", async () => {
		const role = { metadata: { name: "alice-deployer" }, rules: [] };
		const account = { metadata: { name: "secrets-reader" } };
		expect(await asAlice("POST", `${rbac}/roles`, role)).toEqual(refusedAccount);
		expect(await asAlice("POST", `${core}/serviceaccounts`, account)).toEqual(refusedAccount);
		expect(await asAdministrator("POST", `${rbac}/roles`, role)).toEqual(created);
		expect(await asAdministrator("POST", `${core}/serviceaccounts`, account)).toEqual(created);
		const wider = { rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] };
		expect(await asAlice("PATCH", `${rbac}/roles/alice-deployer`, wider)).toEqual(refusedAccount);
		expect(await asAlice("DELETE", `${rbac}/roles/alice-deployer`)).toEqual(refusedAccount);
		expect(await asAlice("DELETE", `${core}/serviceaccounts/secrets-reader`)).toEqual(refusedAccount);
	});

	test("an owner's own bindings and accounts come and go", async () => {
		const binding = {
			metadata: { name: "own" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
			subjects: [{ kind: "ServiceAccount", name: "own", namespace: "alice" }],
		};
		expect(await asAlice("POST", `${core}/serviceaccounts`, { metadata: { name: "own" } })).toEqual(created);
		expect(await asAlice("POST", `${rbac}/rolebindings`, binding)).toEqual(created);
		expect((await asAlice("DELETE", `${rbac}/rolebindings/own`))[0]).toBe(200);
		expect((await asAlice("DELETE", `${core}/serviceaccounts/own`))[0]).toBe(200);
	});

	test("an administrator changes all of it", async () => {
		const binding = {
			metadata: { name: "guest" },
			roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
			subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "oidc:x@example.com" }],
		};
		const asDave = (method: string, path: string, body?: object) =>
			outcome(applied.world.as(dave.email, method, path, body));
		expect(await asDave("POST", `${rbac}/rolebindings`, binding)).toEqual(created);
		expect((await asDave("DELETE", `${rbac}/rolebindings/guest`))[0]).toBe(200);
	});
});

test("policies of the network that are an owner's own can be deleted together with what is refused", async () => {
	const path = "/apis/networking.k8s.io/v1/namespaces/alice/networkpolicies";
	const policy = {
		metadata: { name: "own", labels: { of: "alice" } },
		spec: { podSelector: {}, policyTypes: ["Ingress"] },
	};
	expect(await asAlice("POST", path, policy)).toEqual(created);
	expect((await asAlice("DELETE", `${path}?labelSelector=of%3Dalice`))[0]).toBe(200);
	expect((await asAdministrator("GET", `${path}/own`))[0]).toBe(404);
	expect(await asAlice("DELETE", path)).toEqual(
		refused("ValidatingAdmissionPolicy 'tenant-network-policies'"),
	);
	expect((await asAdministrator("GET", `${path}/default-deny`))[0]).toBe(200);
});
