import type { Site, SiteInput } from "../../config/schema/site.ts";
import type { ClusterNetwork } from "../cluster-network/network.ts";
import type { ApiAccess } from "../kubernetes-api.ts";
import type { LabPrograms } from "../lab-programs.ts";
import type { Lab } from "../lab-state.ts";
import type { NeededProgram } from "../needed-programs.ts";
import type { Verdict } from "../verdict.ts";

/** What a product is started in. */
export interface ProductWorld {
	readonly api: ApiAccess;
	readonly site: Site;
	readonly vaultAddress: string;
	/** Folder of the product, which nobody else may read. */
	readonly folder: string;
	/** Network of nodes that run containers, which has names. @default a product that serves opens its own */
	readonly network?: ClusterNetwork;
	/** Starts its programs, and waits for them. */
	readonly programs: LabPrograms;
}

/** A product that the lab runs beside its control plane, as its own files install it, in place of a stand-in. */
export interface Product {
	readonly name: string;
	/** What it does in the lab, in a few words. */
	readonly summary: string;
	readonly programs: readonly NeededProgram[];
	/** Other commands that its start takes. */
	readonly commands: readonly string[];
	/** Whether `infra lab up` starts it unasked where its programs are. */
	readonly byDefault: boolean;
	/** Names of others that it stands on, and that start before it. */
	readonly brings: readonly string[];
	/** What the site of the lab says because of it. @default nothing */
	readonly site?: (site: SiteInput) => SiteInput;
	/** Makes its kinds, accounts and rights in the cluster. Nothing acts on them before {@link start}. */
	readonly install: (world: ProductWorld) => Promise<void>;
	/** Starts its programs. Returns once they work. */
	readonly start: (world: ProductWorld) => Promise<void>;
	/** Looks from outside at what it does. */
	readonly verify: (lab: Lab) => Promise<readonly Verdict[]>;
}
