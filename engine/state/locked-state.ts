import type { StateBackend } from "../../stacks/state-backend.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type EarlierVersion, earlierVersions, keepVersion, openVersion } from "./earlier-versions.ts";
import type { LockedOptions } from "./held-state.ts";
import { ownText, postgresOf } from "./open-state.ts";
import { findMove, isHalfDone, type MoveRecord, recordInFolder } from "./pending-move.ts";
import { asPulled, PostgresState } from "./postgres-state.ts";
import type { StateInPostgres } from "./psql-session.ts";
import { StateByTerraform } from "./state-by-terraform.ts";
import { headOfState, type StateHead } from "./state-head.ts";
import { type SessionInput, StateSession } from "./state-session.ts";
import { requireSuccessor } from "./state-store.ts";

/** Where the state of a stack is kept. */
export interface PlaceOfState extends SessionInput {
	/** Folder of its journal, and of the versions before. */
	readonly folder: string;
	readonly stateTier: 0 | 1;
	readonly backend: StateBackend;
	/** Public keys of age for the versions before a state in PostgreSQL; undefined where states are kept in the clear. */
	readonly recipients: readonly string[] | undefined;
}

/** The state of a stack while this process has locked it, wherever it is kept. */
export interface LockedState {
	readonly place: PlaceOfState;
	/** Serial of the newest version that is known, which may be somebody else's; 0 without one. */
	readonly newest: number;
	/** The state in the clear; undefined when there is none yet. */
	readonly read: () => Promise<string | undefined>;
	/**
	 * Stores the next version, once the one before is kept.
	 *
	 * @throws UsageError when it does not follow the stored one, or belongs to another site
	 */
	readonly write: (text: string) => Promise<StateHead>;
	/** Where a move from or to it is recorded until it is done. */
	readonly records: readonly MoveRecord[];
	/** Versions before the stored one, the newest first. */
	readonly earlier: () => readonly EarlierVersion[];
	/** One of them in the clear. */
	readonly open: (version: EarlierVersion) => Promise<string>;
}

/** A state was written, and lies elsewhere until the next command takes it from there. */
export class NotInPlace extends UsageError {}

/**
 * Does something while the state of a stack is locked.
 *
 * @param operation as others see it
 * @throws UsageError when somebody else has locked it, it belongs to another site, or a move is half done
 */
export function withLockedState<T>(
	place: PlaceOfState,
	operation: string,
	task: (state: LockedState) => Promise<T>,
	options: LockedOptions & {
		/** Id of the row in PostgreSQL under which this process has locked the state already. @default none */
		readonly under?: string | undefined;
	} = {},
): Promise<T> {
	const checked = async (state: LockedState) => {
		const pending = options.halfDone ? undefined : await findMove(state.records);
		if (pending !== undefined) throw isHalfDone(pending, place.stack);
		return task(state);
	};
	if (place.section.encryption !== undefined)
		return lockedBySession(place, operation, { task: checked, options });
	const database = postgresOf(place);
	return database === undefined
		? withPlainState(place, checked)
		: lockedInPostgres(place, database, { operation, task: checked, under: options.under });
}

/**
 * The same with the states of several stacks. Each is locked before the next one is, in the order of the places: of two
 * that name the same stacks one gets them all.
 */
export async function withLockedStates<T>(
	places: readonly PlaceOfState[],
	operation: string,
	task: (states: readonly LockedState[]) => Promise<T>,
	options: LockedOptions = {},
): Promise<T> {
	const [first, ...rest] = places;
	if (first === undefined) return task([]);
	return withLockedState(
		first,
		operation,
		(state) => withLockedStates(rest, operation, (states) => task([state, ...states]), options),
		options,
	);
}

async function lockedBySession<T>(
	place: PlaceOfState,
	operation: string,
	{ task, options }: { readonly task: (state: LockedState) => Promise<T>; readonly options: LockedOptions },
): Promise<T> {
	const session = await StateSession.prepare(place);
	const { store } = session;
	let failed = false;
	try {
		return await session.state.locked(
			operation,
			async (last) => {
				const head = await store.head();
				return task({
					place,
					newest: Math.max(head?.serial ?? 0, last?.serial ?? 0),
					read: () => store.read(),
					write: async (text) => {
						await session.state.requireHeld();
						const written = await store.write(text);
						if (store.rescued !== undefined)
							throw new NotInPlace(
								`stack ${place.stack}: its state could not be written to its place (${store.rescued.reason}); the next command takes it from ${store.rescued.file}`,
							);
						return written;
					},
					records: session.state.records,
					earlier: () => store.earlier(),
					open: ({ file }) => store.open(file),
				});
			},
			options,
		);
	} catch (error) {
		failed = true;
		throw error;
	} finally {
		// Why the task has failed says more than that its state lies elsewhere.
		await session.close().catch((error) => {
			if (!failed) throw error;
		});
	}
}

/** In a plain file it is Terraform that locks, while it writes. */
async function withPlainState<T>(place: PlaceOfState, task: (state: LockedState) => Promise<T>): Promise<T> {
	const terraform = await StateByTerraform.open(place);
	try {
		const read = async () => ownText(place, await terraform.read());
		return await task({
			...keeping(place, read, async (text) => {
				await terraform.write(text);
				return headOfState((await terraform.read()) ?? text);
			}),
			newest: headOf(await read())?.serial ?? 0,
			records: [recordInFolder(place.folder)],
		});
	} finally {
		terraform.close();
	}
}

async function lockedInPostgres<T>(
	place: PlaceOfState,
	database: StateInPostgres,
	{
		operation,
		task,
		under,
	}: {
		readonly operation: string;
		readonly task: (state: LockedState) => Promise<T>;
		readonly under: string | undefined;
	},
): Promise<T> {
	const state = await PostgresState.take(database, operation, under);
	const makeTable = async () => (await StateByTerraform.open(place)).close();
	try {
		const read = async () => ownText(place, asPulled((await state.read()).text));
		return await task({
			...keeping(place, read, async (text) => {
				const { pending } = await state.read();
				await state.write({ text: `${text.trimEnd()}\n`, pending }, makeTable);
				return headOfState((await read()) ?? text);
			}),
			newest: headOf(await read())?.serial ?? 0,
			records: [
				{
					shared: true,
					find: async () => (await state.read()).pending,
					put: async (pending) => state.write({ ...(await state.read()), pending }, makeTable),
					clear: async () => {
						const { text, pending } = await state.read();
						if (pending !== undefined) await state.write({ text, pending: undefined }, makeTable);
					},
				},
			],
		});
	} finally {
		await state.release();
	}
}

/** A state whose versions before are kept in the folder of its journal. */
function keeping(
	place: PlaceOfState,
	read: () => Promise<string | undefined>,
	replace: (text: string) => Promise<StateHead>,
): Pick<LockedState, "place" | "read" | "write" | "earlier" | "open"> {
	const { folder, recipients, section } = place;
	return {
		place,
		read,
		write: async (text) => {
			const before = await read();
			requireSuccessor({ ...place, site: section.site }, headOfState(text), headOf(before));
			if (before !== undefined) await keepVersion(folder, before, { recipients });
			return replace(text);
		},
		earlier: () => earlierVersions(folder),
		open: openVersion,
	};
}

const headOf = (text: string | undefined) => (text === undefined ? undefined : headOfState(text));
