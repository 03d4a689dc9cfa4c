import type { IConstruct } from "constructs";
import type { Finding } from "./finding.ts";
import type { World } from "./world.ts";

/** Applies every rule and the provider schemas to a world; waivers are read from the constructs below `root`. */
export function checkWorld(root: IConstruct, world: World): Finding[] {
	return [];
}
