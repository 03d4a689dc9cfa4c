import type { Project } from "../../engine/project.ts";
import { StateSession } from "../../engine/state/state-session.ts";
import { encryptedStateOf } from "./open-state.ts";

/**
 * Encrypts the state of a stack once more, for the recipients of today.
 *
 * @returns its file; undefined when there is none yet
 */
export async function rotateState(project: Project, name: string): Promise<string | undefined> {
	const session = await StateSession.prepare(await encryptedStateOf(project, name));
	try {
		return await session.state.locked("rotation", async () => {
			const act = session.begin({ what: "rotate" });
			const done = await session.store.rotate();
			act.end("done", await session.store.head());
			return done ? session.store.file : undefined;
		});
	} finally {
		await session.close();
	}
}
