import { ClusterRoleBindingV1 } from "@cdktf/provider-kubernetes/lib/cluster-role-binding-v1/index.js";
import { ServiceAccountV1 } from "@cdktf/provider-kubernetes/lib/service-account-v1/index.js";
import { Construct } from "constructs";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { literal } from "../../world/literal.ts";
import type { TieredNamespace } from "../kubernetes/namespace.ts";
import { EphemeralServiceAccountToken } from "../secrets/ephemeral-service-account-token.ts";
import type { EphemeralValue } from "../secrets/ephemeral-vault-secret.ts";
import { siteOf } from "../site.ts";

/** How Vault reaches the API server, and as whom. */
export interface ClusterAccess {
	readonly host: string;
	/** The service account of the server, as a subject of role bindings. */
	readonly subject: { readonly kind: "ServiceAccount"; readonly name: string; readonly namespace: string };
	/** Settings that a server outside the cluster needs; one inside reads them from its pod. */
	readonly outside?: {
		readonly ca: string;
		readonly token: { readonly value: EphemeralValue; readonly version: number };
	};
}

/** Service account of the server. */
const account = "vault";

/** Access of a server in the cluster: its chart makes the account and lets it review tokens. */
export function accessFromInside(namespace: TieredNamespace): ClusterAccess {
	return {
		host: "https://kubernetes.default.svc",
		subject: { kind: "ServiceAccount", name: account, namespace: namespace.name },
	};
}

/**
 * Access of a server outside the cluster, as in the lab: an account with the same name and rights, and a token of it,
 * which is in neither plan nor state.
 */
export class AccessFromOutside extends Construct implements ClusterAccess {
	readonly host: string;
	readonly subject: ClusterAccess["subject"];
	readonly outside: NonNullable<ClusterAccess["outside"]>;

	constructor(scope: Construct, id: string, { namespace }: { readonly namespace: TieredNamespace }) {
		super(scope, id);
		const { server } = siteOf(this).vault;
		if (server.kind !== "external")
			throw new VisibleError("vault.server: the server runs inside the cluster");
		const metadata = { name: account, namespace: namespace.name };
		const serviceAccount = new ServiceAccountV1(this, "account", {
			metadata,
			automountServiceAccountToken: false,
		});
		this.subject = {
			kind: "ServiceAccount",
			name: serviceAccount.metadata.name,
			namespace: namespace.name,
		};
		new ClusterRoleBindingV1(this, "reviewer", {
			metadata: { name: "vault-server-binding" },
			roleRef: {
				apiGroup: "rbac.authorization.k8s.io",
				kind: "ClusterRole",
				name: "system:auth-delegator",
			},
			subject: [this.subject],
		});
		this.host = server.kubernetesHost;
		const token = new EphemeralServiceAccountToken(this, "token", { account: serviceAccount });
		this.outside = {
			ca: literal(server.kubernetesCa),
			token: { value: token.token, version: server.tokenVersion },
		};
	}
}
