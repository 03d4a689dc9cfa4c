import { Resolver } from "node:dns/promises";
import { kubectl } from "../../clients/kubernetes/kubectl.ts";
import type { KvAddress } from "../../clients/vault/kv.ts";
import { vaultUrl } from "../../clients/vault/vault-url.ts";
import { ownerNames } from "../../config/registry/owner-names.ts";
import type { Owner } from "../../config/registry/registry.ts";
import type { Site } from "../../config/schema/site.ts";
import type { Step } from "./run-steps.ts";
import { waitUntil } from "./wait-until.ts";

export interface VerificationProps {
	readonly site: Site;
	readonly owner: Owner;
	/** Stacks that have been applied. */
	readonly stacks: readonly string[];
	/** Address of Vault and the token to ask it with. */
	readonly vault: () => Promise<Pick<KvAddress, "address" | "token">>;
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
						const host = `${label}.${site.network.domain}`;
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

async function policyProblem(
	{ address, token }: Pick<KvAddress, "address" | "token">,
	name: string,
): Promise<string | undefined> {
	try {
		const { status } = await fetch(vaultUrl(address, "sys", "policies", "acl", name), {
			headers: { "X-Vault-Token": token },
			signal: AbortSignal.timeout(10_000),
		});
		return status === 200 ? undefined : `Vault answers ${status} to a request for the policy ${name}`;
	} catch (error) {
		const { message, cause } = error as Error & { cause?: { code?: string } };
		return `${address} cannot be reached: ${cause?.code ?? message}`;
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
