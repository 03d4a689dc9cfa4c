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
const waitForAnnotation = "dependency.kyverno.io/wait-for";
const waitFor = `request.object.metadata.annotations."${waitForAnnotation}"`;
const endpoint = " *[a-z0-9]([a-z0-9.-]*[a-z0-9])?:[0-9]{1,5} *";
const endpoints = `^${endpoint}(,${endpoint})*$`;
const annotated = { all: [{ key: `{{ ${waitFor} || '' }}`, operator: "NotEquals", value: "" }] };

const dnsOptions = "(request.object.spec.dnsConfig.options || `[]`)";
const ndots = { name: "ndots", value: "2" };

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
								key: '{{ length(request.object.spec.[initContainers, containers][][] | [?resources.limits."nvidia.com/gpu" || resources.requests."nvidia.com/gpu"]) }}',
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
					preconditions: { all: [{ key: `{{ length(${dnsOptions}) }}`, operator: "Equals", value: 0 }] },
					mutate: { patchStrategicMerge: { spec: { dnsConfig: { options: [ndots] } } } },
				},
				{
					name: "ndots-2-beside-others",
					match: created("Pod"),
					exclude,
					preconditions: {
						all: [
							{ key: `{{ length(${dnsOptions}) }}`, operator: "GreaterThan", value: 0 },
							{ key: "ndots", operator: "AnyNotIn", value: `{{ ${dnsOptions}[].name }}` },
						],
					},
					mutate: {
						patchesJson6902: JSON.stringify([{ op: "add", path: "/spec/dnsConfig/options/-", value: ndots }]),
					},
				},
			],
		},
		{
			name: "strip-cpu-limits",
			purpose:
				"No container is throttled; memory limits stay, and a CPU request that equals the limit gives way to the default",
			rules: containerLists.map((list) => ({
				name: list.toLowerCase(),
				match: created("Pod"),
				exclude,
				mutate: {
					foreach: [
						// The API server has copied the limit of a container without a request, before any policy sees it.
						withoutCpu(list, "requests", [
							{
								key: "{{ element.resources.requests.cpu || '' }}",
								operator: "Equals",
								value: "{{ element.resources.limits.cpu || '' }}",
							},
						]),
						withoutCpu(list, "limits"),
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
					foreach: containerLists.map((list) => ({
						list: `request.object.spec.${list} || \`[]\``,
						preconditions: {
							all: [{ key: pinned, operator: "Equals", value: policy === "IfNotPresent" }],
						},
						patchStrategicMerge: {
							spec: { [list]: [{ "(name)": "{{ element.name }}", imagePullPolicy: policy }] },
						},
					})),
				},
			})),
		},
		{
			name: "inject-dependency-init-containers",
			purpose: "A pod starts once what it names in an annotation answers",
			rules: [
				{
					name: "wait-for-is-understood",
					match: created("Pod"),
					exclude,
					preconditions: annotated,
					validate: {
						failureAction: "Enforce",
						message: `${waitForAnnotation}: expected host:port, with commas between several`,
						deny: {
							conditions: {
								all: [
									{ key: `{{ regex_match('${endpoints}', ${waitFor}) }}`, operator: "Equals", value: false },
								],
							},
						},
					},
				},
				{
					name: "wait-for",
					match: created("Pod"),
					exclude,
					preconditions: annotated,
					mutate: {
						foreach: [
							{
								list: `${waitFor} | split(@, ',')`,
								patchStrategicMerge: { spec: { initContainers: [waiting(settings.waitImage)] } },
							},
						],
					},
				},
			],
		},
	];
}

/** A container that ends once an endpoint answers. Its parameters are no part of the program. */
const waiting = (image: string) => ({
	name: "wait-for-{{ elementIndex }}",
	image,
	command: [
		"sh",
		"-c",
		'until nc -z "$1" "$2"; do sleep 2; done',
		"wait-for",
		"{{ element | trim(@, ' ') | split(@, ':')[0] }}",
		"{{ element | trim(@, ' ') | split(@, ':')[1] }}",
	],
	resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "16Mi" } },
	// Required by Pod Security level `restricted`.
	securityContext: {
		allowPrivilegeEscalation: false,
		runAsNonRoot: true,
		runAsUser: 65534,
		capabilities: { drop: ["ALL"] },
		seccompProfile: { type: "RuntimeDefault" },
	},
});

type CpuOf = "requests" | "limits";

/** Takes the CPU limit, or the CPU request, from containers with a limit. */
function withoutCpu(list: (typeof containerLists)[number], of: CpuOf, also: readonly Condition[] = []) {
	return {
		list: `request.object.spec.${list} || \`[]\``,
		preconditions: {
			all: [{ key: "{{ element.resources.limits.cpu || '' }}", operator: "NotEquals", value: "" }, ...also],
		},
		patchesJson6902: jsonPatch([
			{ op: "remove", path: `/spec/${list}/{{elementIndex}}/resources/${of}/cpu` },
		]),
	};
}

type Condition = Readonly<Record<"key" | "operator" | "value", string>>;
