import type { Site } from "../../../config/schema/site.ts";
import {
	type ContainerDefaults,
	governanceLabels,
	priorityClassOf,
	type Tier,
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
			name: "generate-limitrange-by-tier",
			purpose:
				"Containers that ask for nothing get the defaults of the tier; none gets more than its maximum",
			rules: [
				...tiers.map((tier) =>
					generatedLimits(`tier-${tier}`, { matchLabels: { tier } }, tierFacts[tier].container, []),
				),
				generatedLimits(
					"without-tier",
					{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] },
					untieredContainer,
					settings.untouchedNamespaces,
				),
			],
		},
		{
			name: "generate-resourcequota-by-tier",
			purpose: "A namespace uses what its tier has, unless it has a quota of its own",
			rules: tiers.map((tier) => {
				const { cpu, memory, memoryLimits, pods } = tierFacts[tier].quota;
				return generated(`tier-${tier}`, {
					selector: { matchLabels: { tier } },
					optOut: governanceLabels.ownQuota,
					kind: "ResourceQuota",
					name: "tier-quota",
					spec: {
						hard: {
							"requests.cpu": cpu,
							"requests.memory": memory,
							"limits.memory": memoryLimits,
							pods: String(pods),
						},
					},
				});
			}),
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

function generatedLimits(
	name: string,
	selector: GeneratedProps["selector"],
	{ cpu, memory, memoryLimit, largestLimit }: ContainerDefaults,
	except: readonly string[],
): PolicyRule {
	return generated(name, {
		selector,
		optOut: governanceLabels.ownLimitRange,
		except,
		kind: "LimitRange",
		name: "tier-defaults",
		spec: {
			limits: [
				{
					type: "Container",
					default: { memory: memoryLimit },
					defaultRequest: { cpu, memory },
					max: { memory: largestLimit },
				},
			],
		},
	});
}

interface GeneratedProps {
	/** Namespaces that get the object. */
	readonly selector: { readonly [key: string]: PolicyRule["match"] };
	/** Label of namespaces that opt out. */
	readonly optOut: string;
	readonly except?: readonly string[];
	readonly kind: string;
	readonly name: string;
	readonly spec: PolicyRule["match"];
}

/** A rule that generates an object in every selected namespace, existing ones included. */
function generated(ruleName: string, props: GeneratedProps): PolicyRule {
	const { selector, optOut, except = [], kind, name, spec } = props;
	return {
		name: ruleName,
		match: { any: [{ resources: { kinds: ["Namespace"], selector } }] },
		exclude: {
			any: [
				{ resources: { selector: { matchLabels: { [optOut]: "true" } } } },
				...(except.length > 0 ? [{ resources: { names: except } }] : []),
			],
		},
		generate: {
			generateExisting: true,
			synchronize: true,
			apiVersion: "v1",
			kind,
			name,
			namespace: "{{ request.object.metadata.name }}",
			data: { spec },
		},
	};
}
