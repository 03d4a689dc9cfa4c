import type { LockHolder } from "../../engine/state/lock-holder.ts";
import { locksOf, StateSession } from "../../engine/state/state-session.ts";
import type { StateStore } from "../../engine/state/state-store.ts";
import { foreignText } from "../../terminal/foreign-text.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import { compareStates } from "./compare-states.ts";
import type { StatePlaceOfStack } from "./open-state.ts";

/** What may be shown of a state. */
export interface DescribedState {
	readonly stack: string;
	readonly site: string;
	readonly serial: number | undefined;
	readonly lineage: string | undefined;
	readonly digest: string | undefined;
	/** Who has locked it. */
	readonly lock: LockHolder | undefined;
	/** Serials of the versions that it can be rolled back to, the newest first. */
	readonly earlier: readonly number[];
	/** Addresses. */
	readonly objects: readonly string[];
}

export async function describeState(place: StatePlaceOfStack): Promise<DescribedState> {
	const locks = locksOf(place);
	const held = await Promise.all(locks.map((lock) => lock.holder()));
	return withStore(place, async (store) => {
		const text = await store.read();
		const head = await store.head();
		return {
			stack: place.stack,
			site: place.section.site,
			serial: head?.serial,
			lineage: head?.lineage,
			digest: head?.digest,
			lock: held.find((holder) => holder !== undefined),
			earlier: store.earlier().map(({ serial }) => serial),
			objects: compareStates(undefined, text ?? "{}").believed,
		};
	});
}

export function renderState({ stack, site, serial, digest, lock, earlier, objects }: DescribedState): string {
	return [
		serial === undefined
			? `stack ${stack} of site ${site} has no state yet`
			: `stack ${stack} of site ${site}: serial ${serial}, SHA-256 ${digest}`,
		lock === undefined
			? "nobody has locked it"
			: `locked by ${lock.holder} since ${lock.since}, for ${lock.operation}`,
		`earlier versions: ${earlier.join(", ") || "none"}`,
		...objects.map((address) => `  ${foreignText(address)}`),
	].join("\n");
}

/** The stored state in the clear, or an earlier version. @throws UsageError when there is none */
export function pulledState(place: StatePlaceOfStack, serial: string | undefined): Promise<string> {
	return withStore(place, async (store) => {
		if (serial !== undefined) return versionOf(store, serial);
		const text = await store.read();
		if (text === undefined) throw new UsageError(`stack ${place.stack} has no state yet`);
		return text;
	});
}

/** A version by its serial; the stored one, too. @throws UsageError when it is not kept */
export async function versionOf(store: StateStore, serial: string): Promise<string> {
	const head = await store.head();
	const stored = await store.read();
	if (stored !== undefined && String(head?.serial) === serial) return stored;
	const versions = store.earlier();
	const found = versions.find((version) => String(version.serial) === serial);
	if (found === undefined)
		throw new UsageError(
			`stack ${store.place.stack}: no version with serial ${serial} is kept`,
			`there are ${versions.map((version) => version.serial).join(", ") || "none"}; git has others: git log -- ${store.file}`,
		);
	return store.open(found.file);
}

async function withStore<T>(place: StatePlaceOfStack, task: (store: StateStore) => Promise<T>): Promise<T> {
	const session = await StateSession.prepare(place);
	try {
		return await task(session.store);
	} finally {
		await session.close();
	}
}
