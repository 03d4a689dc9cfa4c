import { requireOwnState, siteOfState } from "../state-file.ts";
import { earlierVersions, openVersion } from "./earlier-versions.ts";
import type { HolderOfState } from "./lock-holder.ts";
import type { LockedState, PlaceOfState } from "./locked-state.ts";
import { PostgresLock, type StateInPostgres } from "./postgres-lock.ts";
import { StateByTerraform } from "./state-by-terraform.ts";
import { locksOf, StateSession } from "./state-session.ts";

/** The state of a stack for readers, who lock nothing. */
export interface OpenedState extends Pick<LockedState, "read" | "earlier" | "open"> {
	/** Who has locked it, and since when; undefined when nobody has. */
	readonly lock: () => Promise<HolderOfState | undefined>;
	readonly close: () => Promise<void>;
}

export function openState(place: PlaceOfState): Promise<OpenedState> {
	return place.section.encryption === undefined ? byTerraform(place) : bySession(place);
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

async function byTerraform(place: PlaceOfState): Promise<OpenedState> {
	const terraform = await StateByTerraform.open(place);
	return {
		read: () => readOwn(place, terraform),
		earlier: () => earlierVersions(place.folder),
		open: openVersion,
		lock: async () => {
			const database = postgresOf(place);
			return database && PostgresLock.holder(database);
		},
		close: async () => terraform.close(),
	};
}

/** The database of a stack's state; undefined when it is kept elsewhere. */
export function postgresOf({ stack, backend, env }: PlaceOfState): StateInPostgres | undefined {
	return "pg" in backend ? { stack, connection: backend.pg.conn_str, env } : undefined;
}

/** @throws UsageError when it belongs to another site */
export async function readOwn(place: PlaceOfState, terraform: StateByTerraform): Promise<string | undefined> {
	const text = await terraform.read();
	const { stack, stateTier, section } = place;
	requireOwnState(stack, section.site, { owner: siteOfState(text ?? ""), stateTier });
	return text;
}
