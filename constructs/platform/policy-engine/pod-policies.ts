import type { Site } from "../../../config/schema/site.ts";
import { gpuPriority } from "../../../config/tiers.ts";
import {
	type ClusterPolicy,
	created,
	inNamespaces,
	inTenantNamespaces,
	jsonPatch,
} from "./cluster-policy.ts";

type Settings = NonNullable<Site["platform"]["policyEngine"]>;

const containerLists = ["containers", "initContainers"] as const;

/** Condition: the image of an element has a version other than `latest`. */
const pinned =
	"{{ regex_match('(:[^/:@]+|@sha256:[0-9a-f]+)$', '{{ element.image }}') && !ends_with('{{ element.image }}', ':latest') }}";

/** Annotation with the endpoints that a pod waits for: `host:port`, separated by commas. */
const waitFor = 'request.object.metadata.annotations."dependency.kyverno.io/wait-for"';

/** Policies that change pods at their creation. */
export function podPolicies(settings: Settings): readonly ClusterPolicy[] {
	const exclude = inNamespaces(settings.untouchedNamespaces);
	return [
		{
			name: "inject-gpu-workload-priority",
			purpose: "Pods with a GPU come first; a tenant's keep the priority of tenants",
			rules: [
				{
					name: gpuPriority.name,
					match: created("Pod"),
					exclude: { any: [inTenantNamespaces] },
					preconditions: {
						all: [
							{
								key: '{{ length(request.object.spec.containers[?resources.limits."nvidia.com/gpu" || resources.requests."nvidia.com/gpu"] || `[]`) }}',
								operator: "GreaterThan",
								value: 0,
							},
						],
					},
					mutate: {
						patchesJson6902: jsonPatch([
							{ op: "add", path: "/spec/priorityClassName", value: gpuPriority.name },
							{ op: "add", path: "/spec/priority", value: gpuPriority.value },
							{ op: "add", path: "/spec/preemptionPolicy", value: "PreemptLowerPriority" },
						]),
					},
				},
			],
		},
		{
			name: "inject-ndots",
			purpose: "Names outside the cluster are asked once, not first in four search domains",
			rules: [
				{
					name: "ndots-2",
					match: created("Pod"),
					exclude,
					mutate: {
						patchStrategicMerge: {
							spec: { dnsConfig: { "+(options)": [{ name: "ndots", value: "2" }] } },
						},
					},
				},
			],
		},
		{
			name: "strip-cpu-limits",
			purpose: "No container is throttled; memory limits stay",
			rules: containerLists.map((list) => ({
				name: list.toLowerCase(),
				match: created("Pod"),
				exclude,
				mutate: {
					foreach: [
						{
							list: `request.object.spec.${list} || \`[]\``,
							preconditions: {
								all: [{ key: "{{ element.resources.limits.cpu || '' }}", operator: "NotEquals", value: "" }],
							},
							patchesJson6902: jsonPatch([
								{ op: "remove", path: `/spec/${list}/{{elementIndex}}/resources/limits/cpu` },
							]),
						},
					],
				},
			})),
		},
		{
			name: "set-image-pull-policy",
			purpose: "A pinned image is asked for once, a floating one every time",
			rules: (["IfNotPresent", "Always"] as const).map((policy) => ({
				name: policy.toLowerCase(),
				match: created("Pod"),
				exclude,
				mutate: {
					foreach: [
						{
							list: "request.object.spec.containers",
							preconditions: {
								all: [{ key: pinned, operator: "Equals", value: policy === "IfNotPresent" }],
							},
							patchStrategicMerge: {
								spec: { containers: [{ "(name)": "{{ element.name }}", imagePullPolicy: policy }] },
							},
						},
					],
				},
			})),
		},
		{
			name: "inject-dependency-init-containers",
			purpose: "A pod starts once what it names in an annotation answers",
			rules: [
				{
					name: "wait-for",
					match: created("Pod"),
					exclude,
					preconditions: {
						all: [{ key: `{{ ${waitFor} || '' }}`, operator: "NotEquals", value: "" }],
					},
					mutate: {
						foreach: [
							{
								list: `${waitFor} | split(@, ',')`,
								patchStrategicMerge: {
									spec: {
										initContainers: [
											{
												name: "wait-for-{{ element | split(@, ':')[0] | replace_all(@, '.', '-') }}",
												image: settings.waitImage,
												command: [
													"sh",
													"-c",
													"until nc -z {{ element | replace_all(@, ':', ' ') }}; do sleep 2; done",
												],
												resources: {
													requests: { cpu: "10m", memory: "16Mi" },
													limits: { memory: "16Mi" },
												},
												// Required by Pod Security level `restricted`.
												securityContext: {
													allowPrivilegeEscalation: false,
													runAsNonRoot: true,
													runAsUser: 65534,
													capabilities: { drop: ["ALL"] },
													seccompProfile: { type: "RuntimeDefault" },
												},
											},
										],
									},
								},
							},
						],
					},
				},
			],
		},
	];
}
