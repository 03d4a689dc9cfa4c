import { rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { defined } from "../config/schema/defined.ts";
import type { StackDocument } from "../world/world.ts";
import { RunState } from "./run-state.ts";
import { lockStack } from "./stack-lock.ts";
import { ownName } from "./state/memory-folder.ts";
import type { StateCopy } from "./state-copy.ts";

export interface HoldInput {
	readonly document: StackDocument;
	/** Folder of the site's output. */
	readonly output: string;
	/** Name of the site. */
	readonly site: string;
	/** Environment of Terraform. */
	readonly env: NodeJS.ProcessEnv;
	/** Copy of the state to work on. @default the state itself */
	readonly copy?: StateCopy;
	/** Revision of the code that the document was made by. @default asked now */
	readonly revision?: Promise<string | undefined>;
}

/** A stack that this process alone works on. */
export interface HeldStack {
	/** Folder of the run, with the document that was checked. */
	readonly folder: string;
	/** The saved plan, which has the whole state in it. */
	readonly planFile: string;
	readonly state: RunState;
	/** Removes the plan, ends the backend of the state, and lets others hold the stack. @throws as RunState.close */
	readonly release: () => Promise<void>;
}

/** Under which name a stack is claimed: who works on a copy keeps nobody from the stack. */
export function claimName({ document, copy }: Pick<HoldInput, "document" | "copy">): string {
	return copy === undefined ? document.stack : `${document.stack}.copy`;
}

/**
 * Holds a stack for this process.
 *
 * @throws UsageError when another process holds it, naming that process; as RunState.open
 */
export async function holdStack(input: HoldInput): Promise<HeldStack> {
	const { document, output, site, env, copy, revision } = input;
	const { folder, release } = await lockStack(output, { stack: claimName(input), site });
	try {
		writeFileSync(join(folder, "cdk.tf.json"), JSON.stringify(document.json, null, 2));
		const state = await RunState.open({ document, output, folder, env, ...defined({ copy, revision }) });
		const planFile = join(state.planFolder, ownName(`${basename(folder)}.tfplan`));
		const letGo = async () => {
			try {
				rmSync(planFile, { force: true });
				await state.close();
			} finally {
				release();
			}
		};
		return { folder, planFile, state, release: letGo };
	} catch (error) {
		release();
		throw error;
	}
}
