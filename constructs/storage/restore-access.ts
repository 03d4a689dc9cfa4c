import { Construct } from "constructs";
import { ApiAccess } from "../kubernetes/api-access.ts";

const look = ["get", "list"] as const;

/**
 * What the restore tool of the storage host may do in the cluster (docs/reference/storage.md#backups): find the
 * workload behind a volume, stop it and start it again, nothing else. Its token is issued by an operator for a limited
 * time (`kubectl create token`), so that none is kept in the state.
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
