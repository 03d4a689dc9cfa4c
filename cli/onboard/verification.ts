import { Resolver } from "node:dns/promises";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import { askVault, type VaultAccess } from "../../clients/vault/ask-vault.ts";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import { tenantDomain } from "../../config/schema/tenant-hosts.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import type { Step } from "./run-steps.ts";
import { waitUntil } from "./wait-until.ts";

export interface VerificationProps {
	readonly site: Site;
	readonly owner: Owner;
	/** Stacks that have been applied. */
	readonly stacks: readonly string[];
	/** Address of Vault and the token to ask it with. */
	readonly vault: () => Promise<VaultAccess>;
	/** Timeout of each check in milliseconds. */
	readonly within: number;
	/** Resolves a host name. @default the name servers of this machine */
	readonly resolve?: (host: string) => Promise<unknown>;
}

/** Verifies from outside, read only, what the stacks should have made for an owner. */
export function verification(props: VerificationProps): Step[] {
	const { site, owner, stacks, vault, within, resolve = askNameServers } = props;
	const check = (outcome: string, problem: () => Promise<string | undefined>): Step => ({
		outcome,
		run: () => waitUntil(problem, within),
	});
	const inCluster = (...query: readonly string[]) => kubernetesProblem(site, query);
	return [
		...(stacks.includes("vault")
			? [
					...owner.namespaces.map((name) =>
						check(`the namespace ${name} is there`, () => inCluster("namespace", name)),
					),
					...[ownerNames.policy(owner.key), ownerNames.statePolicy(owner.key)].map((name) =>
						check(`the policy ${name} can be read`, async () => policyProblem(await vault(), name)),
					),
				]
			: []),
		...(stacks.includes("platform")
			? [
					...owner.namespaces.map((name) =>
						check(`the quota of ${name} is there`, () =>
							inCluster("resourcequota", "user-quota", "-n", name),
						),
					),
					...(site.dns.kind === "none" ? [] : owner.domains).map((label) => {
						const host = `${label}.${tenantDomain(site)}`;
						return check(`${host} has an address`, () => nameProblem(host, resolve));
					}),
				]
			: []),
	];
}

async function kubernetesProblem(site: Site, query: readonly string[]): Promise<string | undefined> {
	const { code, stderr } = await kubectl(site, ["get", ...query, "-o", "name"]);
	return code === 0 ? undefined : `kubectl get ${query.join(" ")}: ${stderr.trim()}`;
}

async function policyProblem(vault: VaultAccess, name: string): Promise<string | undefined> {
	try {
		await askVault(vault, { path: ["sys", "policies", "acl", name] });
		return undefined;
	} catch (error) {
		if (error instanceof VisibleError) return error.message;
		throw error;
	}
}

async function nameProblem(
	host: string,
	resolve: (host: string) => Promise<unknown>,
): Promise<string | undefined> {
	try {
		await resolve(host);
		return undefined;
	} catch (error) {
		return `${host}: ${(error as NodeJS.ErrnoException).code}`;
	}
}

function askNameServers(host: string): Promise<unknown> {
	return new Resolver({ timeout: 3_000, tries: 2 }).resolve4(host);
}
