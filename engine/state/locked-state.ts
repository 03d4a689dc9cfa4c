import type { StateBackend } from "../../stacks/state-backend.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { type EarlierVersion, earlierVersions, keepVersion, openVersion } from "./earlier-versions.ts";
import { postgresOf, readOwn } from "./open-state.ts";
import { PostgresLock } from "./postgres-lock.ts";
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
 * @param older also where somebody else has written a newer version. @default false
 * @throws UsageError when somebody else has locked it, or it belongs to another site
 */
export function withLockedState<T>(
	place: PlaceOfState,
	operation: string,
	task: (state: LockedState) => Promise<T>,
	{ older = false }: { readonly older?: boolean } = {},
): Promise<T> {
	return place.section.encryption === undefined
		? lockedByTerraform(place, operation, task)
		: lockedBySession(place, operation, { task, older });
}

/**
 * The same with the states of several stacks. Each is locked before the next one is, in the order of the places: of two
 * that name the same stacks one gets them all.
 */
export async function withLockedStates<T>(
	places: readonly PlaceOfState[],
	operation: string,
	task: (states: readonly LockedState[]) => Promise<T>,
): Promise<T> {
	const [first, ...rest] = places;
	if (first === undefined) return task([]);
	return withLockedState(first, operation, (state) =>
		withLockedStates(rest, operation, (states) => task([state, ...states])),
	);
}

async function lockedBySession<T>(
	place: PlaceOfState,
	operation: string,
	{ task, older }: { readonly task: (state: LockedState) => Promise<T>; readonly older: boolean },
): Promise<T> {
	const session = await StateSession.prepare(place);
	const { store } = session;
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
						const written = await store.write(text);
						if (store.rescued !== undefined)
							throw new NotInPlace(
								`stack ${place.stack}: its state could not be written to its place (${store.rescued.reason}); the next command takes it from ${store.rescued.file}`,
							);
						return written;
					},
					earlier: () => store.earlier(),
					open: ({ file }) => store.open(file),
				});
			},
			{ older },
		);
	} finally {
		await session.close();
	}
}

async function lockedByTerraform<T>(
	place: PlaceOfState,
	operation: string,
	task: (state: LockedState) => Promise<T>,
): Promise<T> {
	const database = postgresOf(place);
	const lock = database && (await PostgresLock.take(database, operation));
	try {
		const terraform = await StateByTerraform.open(place);
		try {
			const state = stateByTerraform(place, terraform, lock);
			return await task({ ...state, newest: headOf(await state.read())?.serial ?? 0 });
		} finally {
			terraform.close();
		}
	} finally {
		await lock?.release();
	}
}

function stateByTerraform(
	place: PlaceOfState,
	terraform: StateByTerraform,
	lock: PostgresLock | undefined,
): Omit<LockedState, "newest"> {
	const { folder, recipients } = place;
	return {
		place,
		read: () => readOwn(place, terraform),
		write: async (text) => {
			const before = await readOwn(place, terraform);
			requireSuccessor({ ...place, site: place.section.site }, headOfState(text), headOf(before));
			if (before !== undefined) await keepVersion(folder, before, { recipients });
			await lock?.beforeWrite();
			// In a plain file it is Terraform that locks, while it writes.
			await terraform.write(text, { locked: lock !== undefined });
			return headOfState((await terraform.read()) ?? text);
		},
		earlier: () => earlierVersions(folder),
		open: openVersion,
	};
}

const headOf = (text: string | undefined) => (text === undefined ? undefined : headOfState(text));
