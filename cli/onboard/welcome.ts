import { ownerNames } from "../../config/registry/owner-names.ts";
import type { OwnerNamespace, Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { tenantDomain } from "../../config/schema/tenant-hosts.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/**
 * The message for a new owner: the commands to begin with, with the names filled in
 * (docs/reference/owners.md#commands).
 */
export function renderWelcome(
	site: Pick<Site, "name" | "network" | "vault">,
	registry: Registry,
	user: string,
): string {
	const { owners, namespaces } = registry;
	const owner = owners.find(({ key }) => key === user);
	const [first, ...others] = namespaces.filter((one) => one.owners.some(({ key }) => key === user));
	if (owner === undefined || first === undefined) throw new VisibleError(`${user} has no namespace`);
	const { kvMount } = site.vault;
	const hosts = owner.domains.map((label) => `https://${label}.${tenantDomain(site)}`);
	return [
		`Welcome ${user}. You have ${[first, ...others].map(described).join("; ")}.`,
		...(hosts.length === 0 ? [] : [`Your hosts: ${hosts.join(", ")}.`]),
		"",
		"1. Join the VPN; the administrator sends the link and lets your machine in.",
		"2. Run the setup script that comes with this message: sh setup.sh",
		"3. In a new terminal, log in; a browser opens:",
		"     vault login -method=oidc",
		`     kubectl get pods -n ${first.name}`,
		"4. Keep a secret, and read it again:",
		`     vault kv put ${kvMount}/${user}/my-app API_KEY=-`,
		`     vault kv get ${kvMount}/${user}/my-app`,
		"5. See what you may use:",
		`     kubectl describe resourcequota -n ${first.name}`,
		"6. Get a token that deploys, for an hour at most:",
		`     vault write kubernetes/creds/${ownerNames.deployer(first.name)} kubernetes_namespace=${first.name}`,
		"7. Your first app: fork the repository, clone the fork, and open a pull request with what this writes:",
		`     npx infra new stack ${user}-my-app --owner ${user} --image <image>:<version>`,
		"8. Let CI build and roll out what you push; this writes the pipeline of the app's repository:",
		`     npx infra pipeline ${first.name} --deployment <name> --image <image> > .woodpecker.yaml`,
		"",
		"No secret belongs in the repository, and an image has a version.",
	].join("\n");
}

function described({ name, quota }: OwnerNamespace): string {
	return `the namespace ${name} (${quota.cpuRequests} CPU, ${quota.memoryRequests} memory, ${quota.pods} pods, ${quota.storageRequests} storage)`;
}
