import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Registry } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { ownerOf } from "../../constructs/tenants/owner-app-problems.ts";
import { deployerAccountPrefix } from "../../constructs/vault/kubernetes-engine.ts";
import { noSuch, UsageError } from "../../terminal/usage-error.ts";

type ClusterSite = Pick<Site, "cluster">;

/** What a user made with their rights in a namespace, and what was revoked of it. */
export interface Revoked {
	readonly namespace: string;
	/** Bindings that no stack made. */
	readonly bindings: readonly string[];
	/** Secrets with a token of a service account. */
	readonly tokens: readonly string[];
	/** Service accounts that were made anew or deleted: every token of the former ones is void. */
	readonly accounts: readonly string[];
	/** What is still there, as `kind/name`. */
	readonly left: readonly string[];
}

interface KubernetesObject {
	readonly metadata: {
		readonly name: string;
		readonly uid: string;
		readonly labels?: object;
		readonly annotations?: object;
	};
	readonly type?: string;
}

const accountTokens = "kubernetes.io/service-account-token";

/** Kinds that act, or let others in, when whoever made them is gone. */
const listed =
	"deployments,statefulsets,daemonsets,cronjobs,jobs,pods,services,ingresses,networkpolicies,roles,secrets,configmaps,persistentvolumeclaims";

/** Rounds: a pod that still runs could make new bindings while the old ones are deleted. */
const rounds = 3;

/**
 * Namespaces in which a user has lost their rights.
 *
 * @param named instead of all that the entry lists: for a user who has lost one of several, or whose entry was removed
 * @throws UsageError when the registry still gives the user one of these
 */
export function lostNamespaces(
	registry: Registry,
	user: string,
	named: readonly string[],
): readonly string[] {
	const owner = ownerOf(registry, user);
	if (owner === undefined && named.length === 0)
		throw noSuch(
			"owner",
			user,
			[...registry.owners, ...registry.disabledOwners].map(({ key }) => key),
		);
	const namespaces = named.length > 0 ? named : (owner?.namespaces ?? []);
	const kept = namespaces.filter((name) => owner?.disabled === false && owner.namespaces.includes(name));
	if (kept.length > 0)
		throw new UsageError(
			`${user} still has ${kept.join(", ")}`,
			`infra owners disable ${user}, and deploy vault, platform and woodpecker first`,
		);
	return namespaces;
}

/**
 * Ends what a user derived from their rights in a namespace: bindings, tokens in Secrets, and every token of every
 * service account, which is made anew. It cannot be told who made what, so those of other owners of the namespace end
 * as well.
 *
 * @throws UsageError while the user's own binding is there; Error when the cluster does not answer or refuses
 */
export async function revokeDerived(
	site: ClusterSite,
	registry: Registry,
	user: string,
	namespace: string,
): Promise<Revoked> {
	const { owners = [] } = registry.namespaces.find(({ name }) => name === namespace) ?? {};
	const platforms = owners.flatMap(({ key, disabled }) => (disabled ? [] : [ownerNames.binding(key)]));
	const derived = async () => ({
		bindings: (await list(site, "rolebindings", namespace)).filter(
			({ metadata }) => !platforms.includes(metadata.name),
		),
		tokens: (await list(site, "secrets", namespace)).filter(({ type }) => type === accountTokens),
	});
	let found = await derived();
	if (found.bindings.some(({ metadata }) => metadata.name === ownerNames.binding(user)))
		throw new UsageError(
			`${user} still has rights in ${namespace}`,
			"infra deploy vault platform woodpecker takes them away",
		);
	const bindings: string[] = [];
	const tokens: string[] = [];
	for (let round = 0; found.bindings.length + found.tokens.length > 0; round++, found = await derived()) {
		if (round === rounds)
			throw new VisibleError(`${namespace}: somebody makes bindings or tokens as fast as they are deleted`);
		for (const { metadata } of found.bindings)
			bindings.push(await remove(site, "rolebinding", metadata.name, namespace));
		for (const { metadata } of found.tokens)
			tokens.push(await remove(site, "secret", metadata.name, namespace));
	}
	// By now no account has rights, so that none makes another.
	const accounts = await list(site, "serviceaccounts", namespace);
	for (const account of accounts) await renew(site, account, namespace);
	const left = await ask(site, ["get", listed, "-n", namespace, "-o", "name"]);
	return {
		namespace,
		bindings,
		tokens,
		accounts: accounts.map(({ metadata }) => metadata.name),
		left: left.split("\n").filter(Boolean),
	};
}

/**
 * Replaces a service account by one of the same name: its uid is in every token. Accounts of deployers and `default`
 * are only deleted, for Vault and Kubernetes make them anew.
 */
async function renew(site: ClusterSite, account: KubernetesObject, namespace: string): Promise<void> {
	const { name, labels, annotations } = account.metadata;
	if (name === "default" || name.startsWith(deployerAccountPrefix)) {
		await remove(site, "serviceaccount", name, namespace);
		return;
	}
	const { secrets: _, ...rest } = account as KubernetesObject & { readonly secrets?: unknown };
	const folder = await mkdtemp(join(tmpdir(), "infra-account-"));
	try {
		const file = join(folder, "account.json");
		await writeFile(file, JSON.stringify({ ...rest, metadata: { name, namespace, labels, annotations } }));
		await ask(site, ["replace", "--force", "-f", file]);
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** @returns the name */
async function remove(site: ClusterSite, kind: string, name: string, namespace: string): Promise<string> {
	await ask(site, ["delete", kind, name, "-n", namespace, "--ignore-not-found", "--wait=false"]);
	return name;
}

async function list(
	site: ClusterSite,
	kind: string,
	namespace: string,
): Promise<readonly KubernetesObject[]> {
	return JSON.parse(await ask(site, ["get", kind, "-n", namespace, "-o", "json"])).items;
}

async function ask(site: ClusterSite, args: readonly string[]): Promise<string> {
	const { code, stdout, stderr } = await kubectl(site, args);
	if (code !== 0) throw new VisibleError(`kubectl ${args.join(" ")}: ${stderr.trim()}`);
	return stdout;
}

/** Report on a namespace, with what its next owner or the administrator has to look at. */
export function renderRevoked({ namespace, bindings, tokens, accounts, left }: Revoked): string {
	const line = (what: string, names: readonly string[]) =>
		`  ${what.padEnd(10)}${names.join(", ") || "none"}`;
	return [
		`${namespace}:`,
		line("bindings", bindings),
		line("tokens", tokens),
		line("accounts", accounts),
		"  left, and maybe theirs:",
		...(left.length === 0 ? ["    nothing"] : left.map((one) => `    ${one}`)),
	].join("\n");
}
