import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { type PodAccount, tokenFor } from "../../clients/kubernetes/pod-account.ts";
import { readKv } from "../../clients/vault/kv.ts";
import { machineLogin } from "../../clients/vault/machine-login.ts";
import { rotatedPassword, rotatedStateUser } from "../../clients/vault/rotated-password.ts";
import { identityOf, loginEntry, type PipelineIdentity } from "../../config/pipeline-identities.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";

/** Variables that an identity may get from its entry in Vault: tokens for what the stacks talk to. */
const logins: ReadonlySet<string> = new Set([
	"INFRA_FORGE_TOKEN",
	"CLOUDFLARE_API_TOKEN",
	"PROXMOX_VE_API_TOKEN",
	"PGPASSWORD",
]);

/**
 * The whole environment of a command that runs as an identity of the pipelines: where programs are, a home of its own
 * with a kubeconfig of the pod's account, and logins from Vault. No variable of this process is part of it: whoever
 * starts a pipeline chooses those.
 *
 * @param home empty folder
 * @throws VisibleError when the pod is of another account, Vault refuses, or the entry has something else than logins
 */
export async function identityEnvironment(
	site: Site,
	who: PipelineIdentity,
	{ pod, home }: { readonly pod: PodAccount; readonly home: string },
): Promise<Readonly<Record<string, string>>> {
	const { role, machine } = identityOf(site, who);
	if (machine.audience === undefined)
		throw new VisibleError(`vault.machines.${role} needs an audience: a token for Vault opens nothing else`);
	const jwt = await tokenFor(pod, machine, machine.audience);
	const vault = await machineLogin(site.vault.address, role, jwt);
	const path = loginEntry(site, who);
	const { data } = await readKv({ ...vault, mount: site.vault.kvMount, path });
	const unknown = Object.keys(data).filter((name) => !logins.has(name) || typeof data[name] !== "string");
	if (unknown.length > 0)
		throw new VisibleError(
			`${site.vault.kvMount}/${path} has ${unknown.join(", ")}: expected texts of ${[...logins].join(", ")}`,
		);
	// Who renews the certificate has nothing to do with states.
	const owner = who === "certifier" ? undefined : rotatedStateUser(site);
	mkdirSync(join(home, ".kube"), { recursive: true });
	writeFileSync(join(home, ".kube/config"), kubeconfig(pod, machine.namespace), { mode: 0o600 });
	return {
		...(data as Readonly<Record<string, string>>),
		...(owner !== undefined && { PGPASSWORD: await rotatedPassword(site, owner, vault) }),
		PATH: "/usr/local/bin:/usr/bin:/bin",
		HOME: home,
		CI: "1",
		VAULT_ADDR: vault.address,
		VAULT_TOKEN: vault.token,
	};
}

/** The pod's own account; its token is read anew whenever it is used, since the kubelet renews it. */
function kubeconfig({ folder, server }: PodAccount, namespace: string): string {
	return stringify({
		apiVersion: "v1",
		kind: "Config",
		clusters: [{ name: "here", cluster: { server, "certificate-authority": `${folder}/ca.crt` } }],
		users: [{ name: "pod", user: { tokenFile: `${folder}/token` } }],
		contexts: [{ name: "here", context: { cluster: "here", user: "pod", namespace } }],
		"current-context": "here",
	});
}
