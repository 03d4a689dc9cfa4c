import { Construct } from "constructs";
import { ApiAccess } from "../kubernetes/api-access.ts";

const look = ["get", "list"] as const;

/**
 * Rights of the restore tool of the storage host in the cluster (docs/reference/storage.md#backups): find the workload
 * of a volume, stop it and start it again. An operator issues a short-lived token for it (`kubectl create token`), so
 * that none is in the state.
 */
export class RestoreAccess extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		new ApiAccess(this, "access", {
			namespace: { name: "kube-system" },
			name: "pve-snapshot-admin",
			cluster: [
				{ resources: ["persistentvolumes", "persistentvolumeclaims", "pods"], verbs: look },
				{ group: "apps", resources: ["deployments", "statefulsets", "replicasets"], verbs: look },
				{
					group: "apps",
					resources: ["deployments/scale", "statefulsets/scale"],
					verbs: ["get", "update", "patch"],
				},
			],
		});
	}
}
