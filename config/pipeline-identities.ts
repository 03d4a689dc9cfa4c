import type { Site } from "./schema/site.ts";

/** Who runs in pipelines of the infrastructure repository. */
export const pipelineIdentities = ["planner", "certifier", "deployer"] as const;
export type PipelineIdentity = (typeof pipelineIdentities)[number];

/** Key of `vault.machines` of an identity; undefined when the site has none. */
export function machineOf(
	{ woodpecker: { planner, certifier, infrastructure } }: Pick<Site, "woodpecker">,
	who: PipelineIdentity,
): string | undefined {
	return { planner, certifier, deployer: infrastructure.machine }[who];
}

/** Entry of Vault with the tokens of an identity for other servers than the cluster and Vault. */
export function loginEntry({ woodpecker }: Pick<Site, "woodpecker">, who: PipelineIdentity): string {
	return `${woodpecker.loginsEntry}/${who}`;
}
