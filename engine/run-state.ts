import { join, resolve } from "node:path";
import { projectRoot } from "../config/project-root.ts";
import { type StateSection, stateSectionOf } from "../stacks/state-section.ts";
import type { StackDocument } from "../world/world.ts";
import { revisionOf } from "./revision.ts";
import { Act, type ActInput } from "./state/act.ts";
import { DatabaseSession } from "./state/database-session.ts";
import { requireNoMoveInFolder } from "./state/pending-move.ts";
import { headOfState, type StateHead } from "./state/state-head.ts";
import { StateSession } from "./state/state-session.ts";
import { whySealed } from "./state/why-sealed.ts";
import { openCopy, type StateCopy } from "./state-copy.ts";

export interface RunStateInput {
	readonly document: StackDocument;
	/** Folder of the site's output. */
	readonly output: string;
	/** Folder of the run. */
	readonly folder: string;
	readonly env: NodeJS.ProcessEnv;
	/** Copy of the state to work on. @default the state itself */
	readonly copy?: StateCopy;
	/** Revision of the code that the document was made by. @default asked now */
	readonly revision?: Promise<string | undefined>;
}

/** What a run needs of the state that it works on. */
type Session = Pick<StateSession, "environment" | "memory" | "close" | "cover"> & {
	readonly state: { readonly refusal: Error | undefined };
	readonly store: { readonly head: () => Promise<StateHead | undefined> };
};

/** The state of a stack during one run, wherever it is kept, and the journal of what the run does to it. */
export class RunState {
	readonly #input: RunStateInput;
	readonly #session: Session | undefined;
	/** Of a state in PostgreSQL. */
	readonly #database: DatabaseSession | undefined;
	readonly #commit: string | undefined;

	private constructor(
		input: RunStateInput,
		sessions: { readonly session: Session | undefined; readonly database: DatabaseSession | undefined },
		commit: string | undefined,
	) {
		this.#input = input;
		this.#session = sessions.session;
		this.#database = sessions.database;
		this.#commit = commit;
	}

	/**
	 * Starts the backend of a state that is kept encrypted, or of a copy.
	 *
	 * @throws as StateSession.open; UsageError while a move from or to the state is half done
	 */
	static async open(input: RunStateInput): Promise<RunState> {
		const { document, folder, env, copy, revision = revisionOf(projectRoot) } = input;
		const section = stateSectionOf(document);
		const commit = await revision;
		const stackFolder = stackFolderOf(input);
		if (section !== undefined) requireNoMoveInFolder(resolve(stackFolder, section.folder), document.stack);
		const session =
			copy !== undefined
				? await openCopy(copy, stackFolder)
				: section && (await StateSession.open({ section, stack: document.stack, stackFolder, commit, env }));
		session?.cover(folder);
		const database =
			copy === undefined ? DatabaseSession.open({ document, stackFolder, commit, env }) : undefined;
		database?.cover(folder);
		return new RunState(input, { session, database }, commit);
	}

	/** Variables that lead Terraform to the backend. */
	get environment(): Readonly<Record<string, string>> {
		return this.#session?.environment ?? {};
	}

	/** Folder for the saved plan, which has the whole state in it. */
	get planFolder(): string {
		return this.#session?.memory ?? this.#database?.memory ?? this.#input.folder;
	}

	/**
	 * Why the backend has refused something, or the engine the state, if they have.
	 *
	 * @param output of the engine
	 */
	async refusal(output: string): Promise<Error | undefined> {
		const { document, env } = this.#input;
		return this.#session?.state.refusal ?? whySealed(document, output, env);
	}

	/**
	 * Before anything is asked of a state in a database.
	 *
	 * @throws as DatabaseSession.begin
	 */
	async begin(): Promise<void> {
		await this.#database?.begin();
	}

	/**
	 * Does something to the state, locked where Terraform's own lock may be lost midway, with a line in the journal before and one after.
	 *
	 * @param pull gives the state afterwards
	 */
	async recorded(
		act: { readonly what: string; readonly plan?: string | undefined; readonly note?: string },
		pull: () => Promise<string>,
		task: () => Promise<void>,
	): Promise<void> {
		const section = stateSectionOf(this.#input.document);
		if (section === undefined) return task();
		const journalled = () => this.#journalled({ ...act, site: section.site }, { section, pull, task });
		await (this.#database === undefined ? journalled() : this.#database.locked(act.what, journalled));
	}

	async #journalled(
		act: Omit<ActInput, "folder" | "commit">,
		{
			section,
			pull,
			task,
		}: {
			readonly section: StateSection;
			readonly pull: () => Promise<string>;
			readonly task: () => Promise<void>;
		},
	): Promise<void> {
		const folder = resolve(stackFolderOf(this.#input), section.folder);
		const begun = new Act({ ...act, folder, commit: this.#commit });
		try {
			await task();
		} catch (error) {
			begun.end("failed", await this.#headAfter(pull));
			throw error;
		}
		begun.end("done", await this.#headAfter(pull));
	}

	/** Ends the backend. @throws UsageError when the newest state is not in its place */
	async close(): Promise<void> {
		await this.#session?.close();
		await this.#database?.close();
	}

	/** Undefined where it cannot be told: what has happened is recorded all the same. */
	async #headAfter(pull: () => Promise<string>): Promise<StateHead | undefined> {
		try {
			if (this.#session !== undefined) return await this.#session.store.head();
			return headOfState(await pull());
		} catch {
			return undefined;
		}
	}
}

/** Where the stack's document was written to: what it says of files is relative to that. */
function stackFolderOf({ output, document }: Pick<RunStateInput, "output" | "document">): string {
	return join(resolve(output), "stacks", document.stack);
}
