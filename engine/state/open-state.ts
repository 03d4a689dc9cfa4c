import { requireOwnState, siteOfState } from "../state-file.ts";
import { earlierVersions, openVersion } from "./earlier-versions.ts";
import type { HolderOfState } from "./lock-holder.ts";
import type { LockedState, PlaceOfState } from "./locked-state.ts";
import { findMove, type PendingMove, recordInFolder } from "./pending-move.ts";
import { asPulled, PostgresState } from "./postgres-state.ts";
import type { StateInPostgres } from "./psql-session.ts";
import { StateByTerraform } from "./state-by-terraform.ts";
import { locksOf, StateSession } from "./state-session.ts";

/** The state of a stack for readers, who lock nothing. */
export interface OpenedState extends Pick<LockedState, "read" | "earlier" | "open"> {
	/** Who has locked it, and since when; undefined when nobody has. */
	readonly lock: () => Promise<HolderOfState | undefined>;
	readonly close: () => Promise<void>;
}

export function openState(place: PlaceOfState): Promise<OpenedState> {
	if (place.section.encryption !== undefined) return bySession(place);
	const database = postgresOf(place);
	return database === undefined ? inPlainFile(place) : inPostgres(place, database);
}

async function bySession(place: PlaceOfState): Promise<OpenedState> {
	const session = await StateSession.prepare(place);
	const { store } = session;
	return {
		read: () => store.read(),
		earlier: () => store.earlier(),
		open: ({ file }) => store.open(file),
		lock: async () => {
			const held = await Promise.all(locksOf(place).map((lock) => lock.holder()));
			return held.find((holder) => holder !== undefined);
		},
		close: () => session.close(),
	};
}

async function inPostgres(place: PlaceOfState, database: StateInPostgres): Promise<OpenedState> {
	const { text, lock } = await PostgresState.look(database);
	const own = ownText(place, asPulled(text));
	return {
		read: async () => own,
		earlier: () => earlierVersions(place.folder),
		open: openVersion,
		lock: async () => lock,
		close: async () => {},
	};
}

async function inPlainFile(place: PlaceOfState): Promise<OpenedState> {
	const terraform = await StateByTerraform.open(place);
	return {
		read: async () => ownText(place, await terraform.read()),
		earlier: () => earlierVersions(place.folder),
		open: openVersion,
		lock: async () => undefined,
		close: async () => terraform.close(),
	};
}

/** The database of a stack's state; undefined when it is kept elsewhere. */
export function postgresOf({
	stack,
	backend,
	env,
}: Pick<PlaceOfState, "stack" | "backend" | "env">): StateInPostgres | undefined {
	return "pg" in backend ? { stack, connection: backend.pg.conn_str, env } : undefined;
}

/** The move from or to a state that is half done, as it is recorded beside the state. */
export async function pendingMoveOf(place: PlaceOfState): Promise<PendingMove | undefined> {
	if (place.section.encryption !== undefined)
		return findMove(locksOf(place).flatMap((lock) => lock.record?.() ?? []));
	const database = postgresOf(place);
	return database === undefined ? recordInFolder(place.folder).find() : PostgresState.pendingMove(database);
}

/** @throws UsageError when it belongs to another site */
export function ownText(
	{ stack, stateTier, section }: Pick<PlaceOfState, "stack" | "stateTier" | "section">,
	text: string | undefined,
): string | undefined {
	requireOwnState(stack, section.site, { owner: siteOfState(text ?? ""), stateTier });
	return text;
}
