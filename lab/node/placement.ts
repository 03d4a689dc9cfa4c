import { type ApiAccess, ensure } from "../kubernetes-api.ts";

/** Label and taint of the nodes that run containers. */
export const realNode = "lab/real";

const group = "admissionregistration.k8s.io/v1beta1";

/** What the API server needs to be told for {@link placePods}. */
export const placementFlags = {
	"feature-gates": "MutatingAdmissionPolicy=true",
	"runtime-config": `${group}=true`,
} as const;

const name = "lab-placement";

/**
 * Has the API server send every pod whose images are on the real nodes there. A Job's pod with a claim is left where it
 * is: such claims are of a network file system, whose driver no node has.
 */
export async function placePods(access: ApiAccess, images: readonly string[]): Promise<void> {
	const list = `[${images.map((image) => JSON.stringify(image)).join(", ")}]`;
	const all = (field: string) =>
		`!has(object.spec.${field}) || object.spec.${field}.all(c, c.image in ${list})`;
	await ensure(access, `/apis/${group}/mutatingadmissionpolicies`, {
		metadata: { name },
		spec: {
			failurePolicy: "Fail",
			reinvocationPolicy: "Never",
			matchConstraints: {
				resourceRules: [
					{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
				],
			},
			matchConditions: [
				{ name: "images", expression: all("containers") },
				{ name: "init-images", expression: all("initContainers") },
				{ name: "unplaced", expression: "!has(object.spec.nodeName)" },
				{
					name: "volumes",
					expression: `!has(object.metadata.ownerReferences) || !object.metadata.ownerReferences.exists(o, o.kind == "Job")
						|| !has(object.spec.volumes) || !object.spec.volumes.exists(v, has(v.persistentVolumeClaim))`,
				},
			],
			mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: patch } }],
		},
	});
	await ensure(access, `/apis/${group}/mutatingadmissionpolicybindings`, {
		metadata: { name },
		spec: { policyName: name },
	});
}

const patch = `(has(object.spec.tolerations) ? [] : [JSONPatch{op: "add", path: "/spec/tolerations", value: []}])
	+ (has(object.spec.nodeSelector) ? [] : [JSONPatch{op: "add", path: "/spec/nodeSelector", value: {}}])
	+ [
		JSONPatch{op: "add", path: "/spec/tolerations/-", value: Object.spec.tolerations{key: "${realNode}", operator: "Exists"}},
		JSONPatch{op: "add", path: "/spec/nodeSelector/" + jsonpatch.escapeKey("${realNode}"), value: "true"}
	]`;
