import type { Site } from "./schema/site.ts";

/** Who runs in pipelines of the infrastructure repository. */
export type PipelineIdentity = "planner" | "deployer";

/** Key of `vault.machines` of an identity. */
export function machineOf({ woodpecker }: Pick<Site, "woodpecker">, who: PipelineIdentity): string {
	return who === "planner" ? woodpecker.planner : woodpecker.infrastructure.machine;
}

/** Entry of Vault with the tokens of an identity for other servers than the cluster and Vault. */
export function loginEntry({ woodpecker }: Pick<Site, "woodpecker">, who: PipelineIdentity): string {
	return `${woodpecker.loginsEntry}/${who}`;
}
