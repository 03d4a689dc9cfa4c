import { expect, test } from "vitest";
import { parseSite } from "../../../config/parse-site.ts";
import lab from "../../../config/sites/lab.ts";
import { policyEngineDefaults } from "../../../config/sites/platform-defaults.ts";
import { clusterPolicies } from "../../../constructs/platform/policy-engine/policy-engine-rules.ts";

const site = parseSite({ ...lab, platform: { ...lab.platform, policyEngine: policyEngineDefaults } });
const policies = new Map(clusterPolicies(site).map((policy) => [policy.name, policy]));
const rule = (policy: string, name: string) =>
	policies.get(policy)?.rules.find((candidate) => candidate.name === name);

test.for([
	["generate-limitrange-of-tier", "limits-of-tier", "resource-governance/custom-limitrange"],
	["generate-resourcequota-of-tier", "quota-of-tier", "resource-governance/custom-quota"],
] as const)(
	"%s has one rule for all tiers, and leaves out who has an own object",
	([policy, name, label]) => {
		expect(policies.get(policy)?.rules.map((one) => one.name)).toEqual([name]);
		expect(rule(policy, name)?.exclude).toEqual({
			any: [{ resources: { selector: { matchLabels: { [label]: "true" } } } }],
		});
	},
);

test("a pod that names no class gets that of its tier, its numbers removed", () => {
	const { mutate } = rule("inject-priority-class-from-tier", "tier-4-aux") ?? {};
	const patch = (mutate as { patchesJson6902: string }).patchesJson6902;
	expect(JSON.parse(patch)).toEqual([
		{ op: "remove", path: "/spec/priority" },
		{ op: "remove", path: "/spec/preemptionPolicy" },
		{ op: "add", path: "/spec/priorityClassName", value: "tier-4-aux" },
	]);
});

test("a tenant's pod with a GPU keeps the priority of tenants", () => {
	expect(rule("inject-gpu-workload-priority", "gpu-workload")?.exclude).toEqual({
		any: [{ resources: { namespaceSelector: { matchLabels: { "managed-by": "vault-user-onboarding" } } } }],
	});
});

test.for(["deny-privileged-containers", "deny-host-namespaces", "restrict-sys-admin"])(
	"%s refuses in tenants' namespaces and reports elsewhere",
	(name) => {
		expect(rule(name, name)?.validate).toMatchObject({
			failureAction: "Audit",
			failureActionOverrides: [
				{ action: "Enforce", namespaceSelector: { matchLabels: { "managed-by": "vault-user-onboarding" } } },
			],
		});
	},
);

test("images from elsewhere are reported only", () => {
	expect(rule("require-trusted-registries", "require-trusted-registries")?.validate).not.toHaveProperty(
		"failureActionOverrides",
	);
});
