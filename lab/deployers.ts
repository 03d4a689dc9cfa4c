import { ownerNames } from "../config/registry/owner-names.ts";
import type { Registry } from "../config/registry/registry.ts";
import { VisibleError } from "../config/schema/visible-error.ts";
import { tokenEngine } from "../constructs/vault/kubernetes-engine.ts";
import { askApi } from "./kubernetes-api.ts";
import type { Lab } from "./lab-state.ts";
import { askVault } from "./vault-api.ts";

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

/** @throws Error with the answer of Vault */
async function deployerToken(lab: Lab, namespace: string): Promise<string> {
	const path = `${tokenEngine}/creds/${ownerNames.deployer(namespace)}`;
	const response = await askVault(lab, "POST", path, { kubernetes_namespace: namespace });
	if (!response.ok) throw new VisibleError(`${path} answers ${response.status}: ${await response.text()}`);
	const { data } = (await response.json()) as { data: { service_account_token: string } };
	return data.service_account_token;
}

/** Asks the API server what a token may do (SelfSubjectAccessReview, authorization.k8s.io/v1). */
async function mayDeploy(access: Parameters<typeof askApi>[0], namespace: string): Promise<boolean> {
	const { body } = await askApi(access, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
		spec: { resourceAttributes: { namespace, verb: "patch", group: "apps", resource: "deployments" } },
	});
	return JSON.parse(body).status?.allowed === true;
}
