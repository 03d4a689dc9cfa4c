import { UsageError } from "../usage-error.ts";
import type { Entries } from "./change-registry.ts";

interface Options {
	readonly email?: string | undefined;
	readonly role?: string | undefined;
	readonly namespaces: readonly string[];
	readonly domains: readonly string[];
	/** `field=value` each. */
	readonly quota: readonly string[];
}

/** The entry of somebody new: an owner without namespaces gets one of their own name. */
export function entryFrom({ user, ...options }: Options & { readonly user: string }): Entries[string] {
	const { role, namespaces } = options;
	const own = role === "namespace-owner" && namespaces.length === 0 ? [user] : namespaces;
	return changedFields({ ...options, namespaces: own });
}

/** The fields that were given. */
export function changedFields({ email, role, namespaces, domains, quota }: Options): Entries[string] {
	return {
		...(role === undefined ? {} : { role }),
		...(email === undefined ? {} : { email }),
		...(namespaces.length > 0 ? { namespaces } : {}),
		...(domains.length > 0 ? { domains } : {}),
		...(quota.length > 0 ? { quota: Object.fromEntries(quota.map(limit)) } : {}),
	};
}

function limit(text: string): readonly [string, string] {
	const [, field, value] = /^(\w+)=(.+)$/.exec(text) ?? [];
	if (field === undefined || value === undefined)
		throw new UsageError(`--quota ${text}`, "expected a field and its value, such as pods=30");
	return [field, value];
}
