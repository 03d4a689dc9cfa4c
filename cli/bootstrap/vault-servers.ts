import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { serverNamespace as namespace, serverName } from "../../constructs/vault/server/values.ts";
import { UsageError } from "../../terminal/usage-error.ts";

/** Asks the cluster of a site, as `kubectl` of the clients does. */
export type AskCluster = typeof kubectl;

/**
 * Vault is empty only when every server says so. One that has lost its volume and reaches no other says the same as one that
 * was never initialised: to initialise it would begin a second Vault beside what the others have. A server that does not
 * answer counts as empty when it has no volume.
 *
 * @throws UsageError when a server has, or may have, what another lacks; nothing is asked where Vault is not in the cluster
 */
export async function requireAllEmpty(site: Site, ask: AskCluster = kubectl): Promise<void> {
	const { server } = site.vault;
	if (server.kind !== "chart") return;
	const names = Array.from({ length: server.replicas }, (_, ordinal) => `${serverName}-${ordinal}`);
	const states = await Promise.all(
		names.map(async (name) => ({ name, state: await stateOf(site, name, ask) })),
	);
	const full = states.filter(({ state }) => state === "initialised").map(({ name }) => name);
	const [some = ""] = full;
	if (full.length > 0)
		throw new UsageError(
			`Vault is not empty: ${full.join(", ")} ${full.length === 1 ? "is" : "are"} initialised; the server that was asked has lost its volume`,
			`let it join them: kubectl -n ${namespace} logs ${some} -c vault; docs/runbooks/vault.md, "A server has lost its volume"`,
		);
	const silent = states.filter(({ state }) => state === "silent").map(({ name }) => name);
	if (silent.length > 0)
		throw new UsageError(
			`${silent.join(", ")} ${silent.length === 1 ? "has a volume and does" : "have volumes and do"} not answer: Vault may be there`,
			`wait until they run (kubectl -n ${namespace} get pods); what is lost for good has no claim: kubectl -n ${namespace} delete pvc data-${silent[0]}`,
		);
}

async function stateOf(
	site: Site,
	pod: string,
	ask: AskCluster,
): Promise<"initialised" | "empty" | "silent"> {
	const exec = ["-n", namespace, "exec", pod, "-c", "vault", "--"];
	const { stdout } = await ask(site, [...exec, "vault", "status", "-format=json"]);
	const initialised = initialisedBy(stdout);
	if (initialised !== undefined) return initialised ? "initialised" : "empty";
	return (await hasVolume(site, `data-${pod}`, ask)) ? "silent" : "empty";
}

/** What `vault status` has printed, whatever its exit code: 2 stands for a server that is sealed. */
function initialisedBy(text: string): boolean | undefined {
	try {
		const { initialized } = JSON.parse(text) as { readonly initialized?: unknown };
		return typeof initialized === "boolean" ? initialized : undefined;
	} catch {
		return undefined;
	}
}

/** @throws VisibleError when the cluster does not say */
async function hasVolume(site: Site, claim: string, ask: AskCluster): Promise<boolean> {
	const args = ["-n", namespace, "get", "persistentvolumeclaim", claim, "--ignore-not-found"];
	const { code, stdout, stderr } = await ask(site, [...args, "-o", "jsonpath={.spec.volumeName}"]);
	if (code !== 0) throw new VisibleError(`claim ${namespace}/${claim} cannot be read: ${stderr.trim()}`);
	return stdout !== "";
}
