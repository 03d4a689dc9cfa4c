import type { TenantRule } from "../admission-policy.ts";
import { list } from "./cel.ts";
import { tenantKinds } from "./kinds.ts";
import { actsHereOnly } from "./requester.ts";

/** Finalizers that the API server adds to what tenants write. Controllers add others under their own name. */
const builtInFinalizers = ["kubernetes.io/pvc-protection"];

const owners = tenantKinds.map(({ group, kind }) => `${group}/${kind}`);

/** Group and kind of an owner, such as `apps/Deployment`; `/Pod` for the core group. */
const ownerKind = "(one.apiVersion.contains('/') ? one.apiVersion.split('/')[0] : '') + '/' + one.kind";

/** Whether an object had an entry of its metadata before the request. */
const before = (entries: string, same: string) =>
	`(oldObject != null && has(oldObject.metadata.${entries}) && oldObject.metadata.${entries}.exists(other, ${same}))`;

/** Limits what objects of tenants do to the deletion of others. */
export const metadataRules: readonly TenantRule[] = [
	{
		name: "tenant-deletions",
		apiVersion: "*/*",
		resources: ["*/*"],
		operations: ["CREATE", "UPDATE"],
		appliesTo: actsHereOnly,
		validations: [
			{
				expression: `!has(object.metadata.finalizers) || object.metadata.finalizers.all(one, one in ${list(builtInFinalizers)} || ${before("finalizers", "other == one")})`,
				message:
					"no finalizers: the namespace of somebody who leaves could not be removed while an object has one",
			},
			{
				expression: `!has(object.metadata.ownerReferences) || object.metadata.ownerReferences.all(one, ${ownerKind} in ${list(owners)} || ${before("ownerReferences", "other.uid == one.uid")})`,
				message: `an owner is one of ${tenantKinds.map(({ kind }) => kind).join(", ")}: the deletion of any other would wait for the object`,
			},
		],
	},
];
