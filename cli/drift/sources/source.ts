import { VisibleError } from "../../../config/schema/visible-error.ts";
import { interruption } from "../../../terminal/interruption.ts";
import type { World } from "../../../world/world.ts";
import type { SourceName } from "../source-names.ts";
import type { DriftedObject } from "../stack-drift.ts";

/** Something that a stack is about, and that no plan of Terraform shows. */
export interface Source {
	readonly name: SourceName;
	/** Stacks whose reports it is part of; none where the world has nothing to do with it. */
	readonly stacks: (world: World) => readonly string[];
	/** @throws VisibleError when it cannot be asked */
	readonly look: (question: SourceQuestion) => Promise<SourceFindings>;
}

export interface SourceQuestion {
	readonly world: World;
	readonly stack: string;
	/** Addresses that the plan of the stack changes; undefined when the stack could not be planned. */
	readonly planned: ReadonlySet<string> | undefined;
}

/** What a look at a source has found. */
export interface SourceFindings {
	readonly drifted?: readonly DriftedObject[];
	/** Changes of the code that wait there. @default 0 */
	readonly undeployed?: number;
	/** Why a part of it could not be asked. */
	readonly errors?: readonly string[];
	/** Why it was not looked at on purpose: the site has no way to it. */
	readonly leftOut?: string;
	/** What else is worth knowing, a sentence each without a full stop. */
	readonly remarks?: readonly string[];
}

/** Milliseconds for one look at one source. */
const longest = 60_000;

/**
 * Looks at a source, within a minute. Whatever keeps it from answering is an error of it.
 *
 * @throws Interrupted
 */
export async function lookAt(
	source: Source,
	question: SourceQuestion,
	within = longest,
): Promise<SourceFindings> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new VisibleError(`no answer within ${within / 1000} s`)), within);
	});
	try {
		return await Promise.race([source.look(question), late]);
	} catch (error) {
		interruption.throwIfAborted();
		if (error instanceof VisibleError) return { errors: [error.message] };
		return { errors: [`a defect of infra: ${String(error)}`] };
	} finally {
		clearTimeout(timer);
	}
}
