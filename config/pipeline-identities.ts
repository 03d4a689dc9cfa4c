import type { Site } from "./schema/site.ts";
import { VisibleError } from "./schema/visible-error.ts";

/** Who runs in pipelines of the infrastructure repository. */
export const pipelineIdentities = ["planner", "certifier", "deployer"] as const;
export type PipelineIdentity = (typeof pipelineIdentities)[number];

/** Key of `vault.machines` of an identity; undefined when the site has none. */
function roleOf(
	{ woodpecker: { planner, certifier, infrastructure } }: Pick<Site, "woodpecker">,
	who: PipelineIdentity,
): string | undefined {
	return { planner, certifier, deployer: infrastructure.machine }[who];
}

/** Whether the site has an identity. */
export function hasIdentity(site: Pick<Site, "woodpecker">, who: PipelineIdentity): boolean {
	return roleOf(site, who) !== undefined;
}

/**
 * An identity's role at Vault, and its account in the cluster.
 *
 * @throws VisibleError when the site has none
 */
export function identityOf(site: Pick<Site, "vault" | "woodpecker">, who: PipelineIdentity) {
	const role = roleOf(site, who);
	const machine = role === undefined ? undefined : site.vault.machines[role];
	if (role === undefined || machine === undefined)
		throw new VisibleError(`woodpecker.${who}: the site names no machine for it`);
	return { role, machine };
}

/** Entry of Vault with the tokens of an identity for other servers than the cluster and Vault. */
export function loginEntry({ woodpecker }: Pick<Site, "woodpecker">, who: PipelineIdentity): string {
	return `${woodpecker.loginsEntry}/${who}`;
}
