import { copyBackend } from "../stacks/state-backend.ts";
import type { StackDocument } from "../world/world.ts";
import { memoryFolder, sweepMemory } from "./state/memory-folder.ts";
import { headOfState } from "./state/state-head.ts";
import { startStateServer } from "./state/state-server.ts";

/** A copy of a state in memory, which Terraform reads and writes. */
export interface StateCopy {
	/** Empty while there is none. */
	text: string;
}

/** The same stack with the backend that serves a copy, and with no state of its own. */
export function withCopiedState(document: StackDocument): StackDocument {
	const { terraform, "//": _, ...json } = document.json;
	const { backend: __, ...rest } = (terraform ?? {}) as Record<string, never>;
	return { ...document, json: { ...json, terraform: { ...rest, backend: copyBackend } } };
}

/** Serves a copy while one run works on it. Nothing of it is on a disk, the saved plan included. */
export async function openCopy(copy: StateCopy, of: string) {
	const memory = memoryFolder(`${of}.copy`);
	sweepMemory(memory);
	const server = await startStateServer({
		get: async () => (copy.text === "" ? { status: 404 } : { status: 200, body: copy.text }),
		post: async (text) => {
			copy.text = text;
			return { status: 200 };
		},
		lock: async () => ({ status: 200 }),
		unlock: async () => ({ status: 200 }),
	});
	return {
		memory,
		environment: server.environment,
		state: { refusal: undefined },
		store: { head: async () => (copy.text === "" ? undefined : headOfState(copy.text)) },
		cover: () => {},
		close: server.close,
	};
}
