import { expect, test } from "vitest";
import { unexpectedChanges } from "../../../cli/onboard/unexpected-changes.ts";
import { renderWelcome } from "../../../cli/onboard/welcome.ts";
import { loadSite } from "../../../config/load-site.ts";
import { parseRegistry } from "../../../config/registry/parse-registry.ts";
import type { PlannedChange } from "../../../review/plan/plan-summary.ts";

const registry = parseRegistry(
	'{"erin": {"role": "namespace-owner", "email": "e@example.com", "namespaces": ["erin", "erin-dev"], "domains": ["blog"], "quota": {"pods": "7"}}}',
);

test("a welcome has the person's own names, and not their address", async () => {
	const text = renderWelcome(await loadSite("lab"), registry, "erin");
	expect(text).toContain("the namespace erin (2 CPU, 4Gi memory, 7 pods, 20Gi storage)");
	expect(text).toContain("Your hosts: https://blog.lab.example.org.");
	expect(text).toContain("vault kv put secret/erin/my-app API_KEY=-");
	expect(text).toContain("vault write kubernetes/creds/erin-deployer kubernetes_namespace=erin");
	// Whoever can write to the infrastructure repository can deploy.
	expect(text).toContain("fork the repository");
	expect(text).not.toContain("e@example.com");
});

const [erin] = registry.owners;
const change = (action: PlannedChange["action"], path: string): PlannedChange => ({
	action,
	path,
	address: "address",
	type: "type",
	because: [],
});

test.for([
	["create", "vault/owner-erin/policy", false],
	["create", "platform/namespace-erin-dev/quota", false],
	["update", "vault/contents/kubernetes/cluster-role", false],
	["update", "vault/namespace-erin/namespace", false],
	["update", "vault/contents/policy-ci-infra", true],
	["update", "vault/contents/policy-eso-reader", true],
	["update", "platform/admission/tenant-kinds/policy", true],
	["update", "platform/people/power-user", true],
	["update", "vault/namespace-alice/namespace", true],
	["update", "woodpecker/release", true],
	["replace", "vault/contents/kubernetes/cluster-role", true],
	["update", "vault/server/clients", true],
	["replace", "vault/owner-erin/policy", false],
	["create", "vault/owner-erina/policy", true],
	["destroy", "vault/namespace-erin/namespace", true],
	["replace", "vault/contents/kv", true],
] as const)("%s of %s: unexpected is %s", ([action, path, unexpected]) => {
	if (erin === undefined) throw new Error("erin is no owner");
	const summary = { stack: "vault", outputs: 0, changes: [change(action, path)] };
	expect(unexpectedChanges(summary, erin).length > 0).toBe(unexpected);
});

test("an update of the CI server is expected for one of its administrators", () => {
	if (erin === undefined) throw new Error("erin is no owner");
	const summary = { stack: "woodpecker", outputs: 0, changes: [change("update", "woodpecker/release")] };
	expect(unexpectedChanges(summary, { ...erin, ciAdmin: true })).toEqual([]);
});
