import { minutes } from "../config/schema/duration.ts";
import type { StackDocument, World } from "../world/world.ts";
import type { TerraformBinary } from "./binary.ts";
import type { StateCopy } from "./state-copy.ts";

/** Longest time of one plan: a server that never answers must not keep the other stacks from being reviewed. */
export const planTime = minutes(15);

export interface WorkingDirectoryProps {
	readonly terraform: TerraformBinary;
	readonly document: StackDocument;
	/** All stacks of the site, this one included. */
	readonly world: World;
	/** The world that was there before; undefined where nobody asked for it. */
	readonly before?: World | undefined;
	/** Folder of the site's output. */
	readonly output: string;
	/** Name of the site. */
	readonly site: string;
	readonly stateTier: 0 | 1;
	/** Print the output of Terraform as well. */
	readonly verbose: boolean;
	/** Copy of the state to work on. @default the state itself */
	readonly copy?: StateCopy;
	/** Addresses that a plan is limited to, with what they depend on. @default everything */
	readonly targets?: readonly string[];
	/** Revision of the code that the document was made by. @default asked when the stack is held */
	readonly revision?: Promise<string | undefined>;
	/** Environment of Terraform: logins to the backend and to what providers talk to. */
	readonly env: NodeJS.ProcessEnv;
}
