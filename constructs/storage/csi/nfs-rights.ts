import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ClusterRoleV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-v1/index.js";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1/index.js";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1/index.js";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { TieredNamespace } from "../../kubernetes/namespace.ts";

/** Account of the controller, which the chart makes. */
const account = "csi-nfs-controller-sa";
const name = "csi-nfs-controller";

const read = ["get", "list", "watch"];

/**
 * What the provisioner, the resizer and the snapshotter of the controller use in the whole cluster: what the chart gives
 * them, but for Secrets. Those are read for a class that names one, and no class here does.
 */
const cluster: readonly (readonly [group: string, resources: readonly string[], verbs: readonly string[]])[] =
	[
		["", ["persistentvolumes"], [...read, "create", "update", "patch", "delete"]],
		["", ["persistentvolumeclaims"], [...read, "update"]],
		["", ["persistentvolumeclaims/status"], ["update", "patch"]],
		["", ["nodes"], read],
		["", ["events"], [...read, "create", "update", "patch"]],
		["storage.k8s.io", ["csinodes", "storageclasses"], read],
		["snapshot.storage.k8s.io", ["volumesnapshotclasses", "volumesnapshots"], read],
		["snapshot.storage.k8s.io", ["volumesnapshotcontents"], [...read, "update", "patch"]],
		["snapshot.storage.k8s.io", ["volumesnapshotcontents/status"], ["get", "update", "patch"]],
	];

/** Where the replicas of the controller agree on who works. */
const own = {
	apiGroups: ["coordination.k8s.io"],
	resources: ["leases"],
	verbs: [...read, "create", "update", "patch"],
};

/** Rights of the controller of the NFS driver, in place of the chart's, which may read every Secret. */
export class NfsCsiRights extends Construct {
	/** To be there before the release. */
	readonly bindings: readonly ITerraformDependable[];

	constructor(scope: Construct, id: string, { namespace }: { readonly namespace: TieredNamespace }) {
		super(scope, id);
		const subject = [{ kind: "ServiceAccount", name: account, namespace: namespace.name }];
		const apiGroup = "rbac.authorization.k8s.io";
		const everywhere = new ClusterRoleV1(this, "cluster-role", {
			metadata: { name },
			rule: cluster.map(([group, resources, verbs]) => ({
				apiGroups: [group],
				resources: [...resources],
				verbs: [...verbs],
			})),
		});
		const metadata = { name, namespace: namespace.name };
		const here = new RoleV1(this, "role", { metadata, rule: [own] });
		this.bindings = [
			new ClusterRoleBindingV1(this, "cluster-binding", {
				metadata: { name },
				roleRef: { apiGroup, kind: "ClusterRole", name: everywhere.metadata.name },
				subject,
			}),
			new RoleBindingV1(this, "binding", {
				metadata,
				roleRef: { apiGroup, kind: "Role", name: here.metadata.name },
				subject,
			}),
		];
	}
}
