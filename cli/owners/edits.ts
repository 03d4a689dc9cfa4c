import { isDeepStrictEqual } from "node:util";
import { noSuch, UsageError } from "../../terminal/usage-error.ts";
import type { Entries } from "./change-registry.ts";

type Edit = (entries: Entries) => Entries;

/** Adds an entry; the same entry again changes nothing. */
export function add(user: string, entry: Entries[string]): Edit {
	return (entries) => {
		const existing = Object.hasOwn(entries, user) ? entries[user] : undefined;
		if (existing === undefined) return { ...entries, [user]: entry };
		if (isDeepStrictEqual(existing, entry)) return entries;
		throw new UsageError(
			`${user} is there already, with another entry`,
			`infra owners change ${user} replaces fields`,
		);
	};
}

/** Other values for some fields of an entry; `undefined` removes one. */
export function change(user: string, fields: Readonly<Record<string, unknown>>): Edit {
	return (entries) => {
		const existing = entryOf(entries, user);
		const changed = Object.fromEntries(
			Object.entries({ ...existing, ...fields }).filter(([, value]) => value !== undefined),
		);
		return isDeepStrictEqual(existing, changed) ? entries : { ...entries, [user]: changed };
	};
}

/** Removes the entry of a disabled user. */
export function remove(user: string): Edit {
	return (entries) => {
		const { role, disabled } = entryOf(entries, user);
		if (role === "namespace-owner" && disabled !== true)
			throw new UsageError(
				`${user} still has every right`,
				`infra owners disable ${user}, deploy, and remove the entry afterwards`,
			);
		return Object.fromEntries(Object.entries(entries).filter(([key]) => key !== user));
	};
}

function entryOf(entries: Entries, user: string): Entries[string] {
	const entry = Object.hasOwn(entries, user) ? entries[user] : undefined;
	if (entry === undefined) throw noSuch("user", user, Object.keys(entries));
	return entry;
}
