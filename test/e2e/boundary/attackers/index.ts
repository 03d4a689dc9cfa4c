import type { Attacker } from "../attack.ts";
import { ownersPipeline, tenantsPod } from "./machines.ts";
import { ownerWithKubectl } from "./owner-with-kubectl.ts";
import { ownerWithVault } from "./owner-with-vault.ts";
import { pullRequestAuthor, somebodyOnTheLan } from "./strangers.ts";

export const attackers: readonly Attacker[] = [
	ownerWithKubectl,
	ownerWithVault,
	ownersPipeline,
	tenantsPod,
	pullRequestAuthor,
	somebodyOnTheLan,
];
