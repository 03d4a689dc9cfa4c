import { AuthBackend } from "@cdktf/provider-vault/lib/auth-backend/index.js";
import { KubernetesAuthBackendConfig } from "@cdktf/provider-vault/lib/kubernetes-auth-backend-config/index.js";
import { KubernetesAuthBackendRole } from "@cdktf/provider-vault/lib/kubernetes-auth-backend-role/index.js";
import { Construct } from "constructs";
import { defined } from "../../config/schema/defined.ts";
import { type Duration, inSeconds } from "../../config/schema/duration.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import type { VaultPolicy } from "./vault-policy.ts";

export interface MachineRoleProps {
	/** Name of the role. */
	readonly name: string;
	readonly serviceAccount: string;
	/** Namespace of the account. */
	readonly namespace: string;
	readonly policies: readonly VaultPolicy[];
	/** Which the token must be issued for. @default the API server */
	readonly audience?: string | undefined;
	/** Lifetime of a token in milliseconds. */
	readonly lifetime: Duration;
	/** Whether a token can be renewed indefinitely, for that lifetime each time. */
	readonly renewable: boolean;
}

/** Auth method for machines, by the token of their service account. */
export class KubernetesAuth extends Construct {
	readonly #backend: string;

	constructor(scope: Construct, id: string, { access }: { readonly access: ClusterAccess }) {
		super(scope, id);
		const { host, outside } = access;
		this.#backend = new AuthBackend(this, "Resource", {
			type: "kubernetes",
			path: "kubernetes",
			description: "Service accounts of the cluster",
		}).path;
		new KubernetesAuthBackendConfig(this, "config", {
			backend: this.#backend,
			kubernetesHost: host,
			disableLocalCaJwt: outside !== undefined,
			...(outside
				? {
						kubernetesCaCert: outside.ca,
						tokenReviewerJwtWo: outside.token.value,
						tokenReviewerJwtWoVersion: outside.token.version,
					}
				: {}),
		});
	}

	addRole(scope: Construct, id: string, props: MachineRoleProps): void {
		const seconds = inSeconds(props.lifetime);
		new KubernetesAuthBackendRole(scope, id, {
			backend: this.#backend,
			roleName: props.name,
			boundServiceAccountNames: [props.serviceAccount],
			boundServiceAccountNamespaces: [props.namespace],
			...defined({ audience: props.audience }),
			tokenPolicies: props.policies.map(({ policyName }) => policyName),
			tokenTtl: seconds,
			...(props.renewable ? { tokenPeriod: seconds } : { tokenMaxTtl: seconds }),
		});
	}
}
