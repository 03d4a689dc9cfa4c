import { VisibleError } from "../config/schema/visible-error.ts";
import { askApi, ensure } from "./kubernetes-api.ts";
import type { Lab } from "./lab-state.ts";

type Access = Pick<Lab, "host" | "token" | "caFile">;

export interface PolicyRule {
	readonly apiGroups: readonly string[];
	readonly resources: readonly string[];
	readonly verbs: readonly string[];
}

export interface ClusterAccount {
	readonly namespace: string;
	/** Of the account, its ClusterRole and the binding. */
	readonly name: string;
	readonly rules: readonly PolicyRule[];
}

/**
 * Makes a service account with rights in the whole cluster, as a chart does, for a program that runs beside the cluster.
 *
 * @returns its token, for as long as a lab may last
 */
export async function clusterAccount(
	access: Access,
	{ namespace, name, rules }: ClusterAccount,
): Promise<string> {
	const rbac = "/apis/rbac.authorization.k8s.io/v1";
	const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
	await ensure(access, "/api/v1/namespaces", { metadata: { name: namespace } });
	await ensure(access, accounts, { metadata: { name } });
	await ensure(access, `${rbac}/clusterroles`, { metadata: { name }, rules });
	await ensure(access, `${rbac}/clusterrolebindings`, {
		metadata: { name },
		roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
		subjects: [{ kind: "ServiceAccount", name, namespace }],
	});
	const spec = { expirationSeconds: 365 * 24 * 3600 };
	const { status, body } = await askApi(access, "POST", `${accounts}/${name}/token`, { spec });
	if (status !== 201) throw new VisibleError(`the token of ${namespace}/${name}: ${status} ${body}`);
	return JSON.parse(body).status.token;
}
