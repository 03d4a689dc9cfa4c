import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { clusterKubeconfig } from "../../clients/kubernetes/kubeconfig.ts";
import { type PodAccount, tokenFor } from "../../clients/kubernetes/pod-account.ts";
import { readKv } from "../../clients/vault/kv.ts";
import { machineLogin } from "../../clients/vault/machine-login.ts";
import { rotatedPassword, rotatedStateUser } from "../../clients/vault/rotated-password.ts";
import { identityOf, loginEntry, type PipelineIdentity } from "../../config/pipeline-identities.ts";
import { operatorKeysVariable } from "../../config/schema/hypervisor.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { CommandEnvironment } from "./run-command.ts";

/** Variables that an identity may get from its entry in Vault: tokens for what the stacks talk to, and what they ask for. */
export const logins: readonly string[] = [
	"INFRA_FORGE_TOKEN",
	"CLOUDFLARE_API_TOKEN",
	"PROXMOX_VE_API_TOKEN",
	"PGPASSWORD",
	`TF_VAR_${operatorKeysVariable}`,
];

/** Key of the entry that opens hosts. It becomes no variable. */
const keyForHosts = "SSH_PRIVATE_KEY";

/**
 * The whole environment of a command that runs as an identity of the pipelines: where programs are, a home of its own
 * with a kubeconfig of the pod's account, logins from Vault, and the key for hosts. No variable of this process is part
 * of it: whoever starts a pipeline chooses those.
 *
 * @param home empty folder
 * @throws VisibleError when the pod is of another account, Vault refuses, or the entry has something else than logins
 */
export async function identityEnvironment(
	site: Site,
	who: PipelineIdentity,
	{ pod, home }: { readonly pod: PodAccount; readonly home: string },
): Promise<CommandEnvironment> {
	const { role, machine } = identityOf(site, who);
	if (machine.audience === undefined)
		throw new VisibleError(`vault.machines.${role} needs an audience: a token for Vault opens nothing else`);
	const jwt = await tokenFor(pod, machine, machine.audience);
	const vault = await machineLogin(site.vault.address, role, jwt);
	const path = loginEntry(site, who);
	const { data } = await readKv({ ...vault, mount: site.vault.kvMount, path });
	const place = `${site.vault.kvMount}/${path}`;
	// Who renews the certificate has nothing to do with states and hosts.
	const ofStacks = who !== "certifier";
	const known = ofStacks ? [...logins, keyForHosts] : logins;
	const unknown = Object.keys(data).filter((name) => !known.includes(name) || typeof data[name] !== "string");
	if (unknown.length > 0)
		throw new VisibleError(`${place} has ${unknown.join(", ")}: expected texts of ${known.join(", ")}`);
	const { [keyForHosts]: key, ...tokens } = data as Readonly<Record<string, string>>;
	const owner = ofStacks ? rotatedStateUser(site) : undefined;
	writeKubeconfig(site, home, { pod, namespace: machine.namespace });
	return {
		variables: {
			...tokens,
			...(owner !== undefined && { PGPASSWORD: await rotatedPassword(site, owner, vault) }),
			PATH: "/usr/local/bin:/usr/bin:/bin",
			HOME: home,
			CI: "1",
			VAULT_ADDR: vault.address,
			VAULT_TOKEN: vault.token,
		},
		...(key !== undefined && { sshKey: { text: key, place: `${place}, ${keyForHosts}` } }),
	};
}

/**
 * Writes a kubeconfig of the pod's account where the site's commands look for one below `~`; the token is read anew
 * whenever it is used, since the kubelet renews it.
 */
function writeKubeconfig(
	{ cluster }: Pick<Site, "cluster">,
	home: string,
	{ pod, namespace }: { readonly pod: PodAccount; readonly namespace: string },
): void {
	const wanted = clusterKubeconfig(cluster.kubeconfig, home);
	// A pod has no business with other paths.
	const file = wanted.startsWith(`${home}/`) ? wanted : join(home, ".kube/config");
	mkdirSync(dirname(file), { recursive: true });
	writeFileSync(file, kubeconfig(pod, namespace, cluster.context ?? "here"), { mode: 0o600 });
}

function kubeconfig({ folder, server }: PodAccount, namespace: string, context: string): string {
	return stringify({
		apiVersion: "v1",
		kind: "Config",
		clusters: [{ name: "here", cluster: { server, "certificate-authority": `${folder}/ca.crt` } }],
		users: [{ name: "pod", user: { tokenFile: `${folder}/token` } }],
		contexts: [{ name: context, context: { cluster: "here", user: "pod", namespace } }],
		"current-context": context,
	});
}
