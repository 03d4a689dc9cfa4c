import { askVault } from "../clients/vault/ask-vault.ts";
import { ownerNames } from "../config/registry/owner-names.ts";
import type { Registry } from "../config/registry/registry.ts";
import { tokenEngine } from "../constructs/vault/kubernetes-engine.ts";
import { askApi } from "./kubernetes-api.ts";
import { type Lab, vaultOf } from "./lab-state.ts";

/** Deployers of tenants whose token from Vault has rights in another namespace, or none in its own: `alice in bob`. */
export async function misplacedDeployers(lab: Lab, { namespaces }: Registry): Promise<string[]> {
	const wrong: string[] = [];
	for (const { name } of namespaces) {
		const token = await deployerToken(lab, name);
		for (const { name: target } of namespaces)
			if ((await mayDeploy({ ...lab, token }, target)) !== (target === name))
				wrong.push(`${name} in ${target}`);
	}
	return wrong;
}

/** @throws VisibleError as `askVault` */
async function deployerToken(lab: Lab, namespace: string): Promise<string> {
	const { data } = await askVault(vaultOf(lab), {
		method: "POST",
		path: [tokenEngine, "creds", ownerNames.deployer(namespace)],
		body: { kubernetes_namespace: namespace },
	});
	return (data as { service_account_token: string }).service_account_token;
}

/** Asks the API server what a token may do (SelfSubjectAccessReview, authorization.k8s.io/v1). */
async function mayDeploy(access: Parameters<typeof askApi>[0], namespace: string): Promise<boolean> {
	const { body } = await askApi(access, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
		spec: { resourceAttributes: { namespace, verb: "patch", group: "apps", resource: "deployments" } },
	});
	return JSON.parse(body).status?.allowed === true;
}
