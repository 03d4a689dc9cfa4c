import { deployerAccountPrefix } from "../../vault/kubernetes-engine.ts";
import type { TenantRule } from "../admission-policy.ts";
import { same, text } from "./cel.ts";

const now = "object.spec.template.spec";
const before = "oldObject.spec.template.spec";

/** Whether two lists of containers are equal, order included, apart from the images. */
const sameButImages = (list: string) =>
	[
		`${now}.${list}.map(one, one.name) == ${before}.${list}.map(one, one.name)`,
		`${now}.${list}.all(one, ${before}.${list}.all(other, one.name != other.name || (${same("one", "other", ["image"])})))`,
	].join(" && ");

/**
 * Limits what a token that Vault issues to a pipeline can change: its Role allows `update`, which would cover the whole
 * pod template.
 */
export const deployerRules: readonly TenantRule[] = [
	{
		name: "tenant-deployers",
		apiVersion: "apps/*",
		resources: ["deployments"],
		operations: ["UPDATE"],
		appliesTo: `request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ${text(`:${deployerAccountPrefix}`)})`,
		validations: [
			{
				expression: [
					same("object", "oldObject", ["metadata", "spec"]),
					// Fields that the API server maintains.
					same("object.metadata", "oldObject.metadata", ["generation", "managedFields", "resourceVersion"]),
					same("object.spec", "oldObject.spec", ["template"]),
					same("object.spec.template", "oldObject.spec.template", ["spec"]),
					same(now, before, ["containers", "initContainers"]),
					sameButImages("containers"),
					`has(${now}.initContainers) == has(${before}.initContainers)`,
					`(!has(${now}.initContainers) || (${sameButImages("initContainers")}))`,
				].join(" && "),
				message: "a deployer changes the images of a Deployment and nothing else",
			},
		],
	},
];
