import { describe, expect, test } from "vitest";
import { policyEngineDefaults } from "../../../config/sites/platform-defaults.ts";
import { clusterPolicies } from "../../../constructs/platform/policy-engine/policy-engine-rules.ts";

const policies = new Map(clusterPolicies(policyEngineDefaults).map((policy) => [policy.name, policy]));
const rule = (policy: string, name: string) =>
	policies.get(policy)?.rules.find((candidate) => candidate.name === name);

describe("limits of a namespace", () => {
	test("are those of its tier, unless it has its own", () => {
		const { match, exclude, generate } = rule("generate-limitrange-by-tier", "tier-2-gpu") ?? {};
		expect(match).toEqual({
			any: [{ resources: { kinds: ["Namespace"], selector: { matchLabels: { tier: "2-gpu" } } } }],
		});
		expect(exclude).toEqual({
			any: [
				{ resources: { selector: { matchLabels: { "resource-governance/custom-limitrange": "true" } } } },
			],
		});
		expect(generate).toMatchObject({
			kind: "LimitRange",
			name: "tier-defaults",
			generateExisting: true,
			data: {
				spec: {
					limits: [
						{
							default: { memory: "1Gi" },
							defaultRequest: { cpu: "200m", memory: "1Gi" },
							max: { memory: "16Gi" },
						},
					],
				},
			},
		});
	});

	test("without a tier leave out the cluster's own namespaces", () => {
		const { exclude } = rule("generate-limitrange-by-tier", "without-tier") ?? {};
		expect(JSON.stringify(exclude)).toContain('"names":["kube-system"');
	});
});

test("quotas are those of the tier", () => {
	expect(rule("generate-resourcequota-by-tier", "tier-4-aux")?.generate).toMatchObject({
		name: "tier-quota",
		data: {
			spec: {
				hard: {
					"requests.cpu": "2",
					"requests.memory": "3Gi",
					"limits.memory": "16Gi",
					pods: "20",
				},
			},
		},
	});
});

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
