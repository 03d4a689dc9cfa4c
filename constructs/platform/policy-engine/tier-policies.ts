import type { Site } from "../../../config/schema/site.ts";
import {
	type ContainerDefaults,
	governanceLabels,
	priorityClassOf,
	type Tier,
	type TierFacts,
	tierFacts,
	untieredContainer,
} from "../../../config/tiers.ts";
import { type ClusterPolicy, created, inNamespaces, jsonPatch, type PolicyRule } from "./cluster-policy.ts";

type Settings = NonNullable<Site["platform"]["policyEngine"]>;

const tiers = Object.keys(tierFacts) as Tier[];

/**
 * Policies that apply the tier of a namespace to everything inside: label, limits, quota and priority; one rule per
 * tier.
 */
export function tierPolicies(settings: Settings): readonly ClusterPolicy[] {
	return [
		{
			name: "sync-tier-label-from-namespace",
			purpose: "Workloads have the tier of their namespace, unless they say another",
			rules: tiers.map((tier) => ({
				name: `tier-${tier}`,
				match: {
					any: [
						{
							resources: {
								kinds: ["Deployment", "StatefulSet", "DaemonSet"],
								namespaceSelector: { matchLabels: { tier } },
							},
						},
					],
				},
				exclude: inNamespaces(settings.tierLabelExceptions),
				mutate: { patchStrategicMerge: { metadata: { labels: { "+(tier)": tier } } } },
			})),
		},
		{
			name: "generate-limitrange-of-tier",
			purpose:
				"Containers that ask for nothing get the defaults of the tier; none gets more than its maximum",
			rules: [
				generated({
					name: "limits-of-tier",
					kind: "LimitRange",
					optOut: governanceLabels.ownLimitRange,
					specs: {
						...Object.fromEntries(tiers.map((tier) => [tier, limits(tierFacts[tier].container)])),
						[untiered]: limits(untieredContainer),
					},
					untouched: settings.untouchedNamespaces,
				}),
			],
		},
		{
			name: "generate-resourcequota-of-tier",
			purpose: "A namespace uses what its tier has, unless it has a quota of its own",
			rules: [
				generated({
					name: "quota-of-tier",
					kind: "ResourceQuota",
					optOut: governanceLabels.ownQuota,
					specs: Object.fromEntries(tiers.map((tier) => [tier, quota(tierFacts[tier])])),
					untouched: [],
				}),
			],
		},
		{
			name: "inject-priority-class-from-tier",
			purpose: "Pods that name no priority class have the one of their tier",
			rules: tiers.map((tier) => ({
				name: `tier-${tier}`,
				// The priority class of a pod is immutable.
				match: created("Pod", { tier }),
				exclude: inNamespaces(settings.untouchedNamespaces),
				preconditions: {
					all: [{ key: "{{ request.object.spec.priorityClassName || '' }}", operator: "Equals", value: "" }],
				},
				mutate: {
					// The API server has filled in both for a pod without a class, and would refuse them beside the
					// name of one.
					patchesJson6902: jsonPatch([
						{ op: "remove", path: "/spec/priority" },
						{ op: "remove", path: "/spec/preemptionPolicy" },
						{ op: "add", path: "/spec/priorityClassName", value: priorityClassOf(tier) },
					]),
				},
			})),
		},
	];
}

const limits = ({ cpu, memory, memoryLimit, largestLimit }: ContainerDefaults) => ({
	limits: [
		{
			type: "Container",
			default: { memory: memoryLimit },
			defaultRequest: { cpu, memory },
			max: { memory: largestLimit },
		},
	],
});

const quota = ({ quota: { cpu, memory, memoryLimits, pods } }: TierFacts) => ({
	hard: {
		"requests.cpu": cpu,
		"requests.memory": memory,
		"limits.memory": memoryLimits,
		pods: String(pods),
	},
});

/** Stands for the tier of a namespace that has none. */
const untiered = "none";

const tierOfNamespace = `request.object.metadata.labels.tier || '${untiered}'`;

interface Generated {
	/** Name of the object. */
	readonly name: string;
	readonly kind: string;
	/** Label of namespaces that opt out. */
	readonly optOut: string;
	/** Specification of the object by tier; namespaces of another tier get none. */
	readonly specs: Readonly<Record<string, object>>;
	/** Namespaces that get nothing unless they have a tier. */
	readonly untouched: readonly string[];
}

/**
 * Generates an object in every namespace, existing ones included. Kyverno refuses another rule under a policy's name, so a
 * new form of it needs a new name, and its objects as well: with the old policy go the objects that it made. It is one rule for all tiers: with a rule for each, the
 * one that stops matching after a change of tier deletes what the other has just made under the same name.
 */
function generated({ name, kind, optOut, specs, untouched }: Generated): PolicyRule {
	return {
		name,
		match: { any: [{ resources: { kinds: ["Namespace"] } }] },
		exclude: { any: [{ resources: { selector: { matchLabels: { [optOut]: "true" } } } }] },
		context: [{ name: "specs", variable: { value: specs } }],
		preconditions: {
			all: [
				{ key: `{{ ${tierOfNamespace} }}`, operator: "AnyIn", value: Object.keys(specs) },
				...(untouched.length > 0
					? [
							{
								key: `{{ request.object.metadata.labels.tier || request.object.metadata.name }}`,
								operator: "AnyNotIn",
								value: untouched,
							},
						]
					: []),
			],
		},
		generate: {
			generateExisting: true,
			synchronize: true,
			apiVersion: "v1",
			kind,
			name,
			namespace: "{{ request.object.metadata.name }}",
			data: { spec: `{{ specs."{{ ${tierOfNamespace} }}" }}` },
		},
	} as PolicyRule;
}
