import { ownerFields } from "../../config/registry/entry.ts";
import { defined } from "../../config/schema/defined.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Entries } from "./change-registry.ts";

interface Options {
	readonly email?: string | undefined;
	readonly role?: string | undefined;
	readonly namespaces: readonly string[];
	readonly domains: readonly string[];
	/** `field=value` each. */
	readonly quota: readonly string[];
	/** `field=value` each; the value may be JSON, and an empty one removes the field. */
	readonly set: readonly string[];
}

/** The entry of a new user: an owner without namespaces gets one named like the user. */
export function entryFrom({ user, ...options }: Options & { readonly user: string }): Entries[string] {
	const { role, namespaces } = options;
	const own = role === "namespace-owner" && namespaces.length === 0 ? [user] : namespaces;
	return givenFields({ ...options, namespaces: own });
}

/** Fields to change: those that were given, and those that the new role does not have. */
export function changedFields(options: Options): Entries[string] {
	const { role } = options;
	const dropped = role === undefined || role === "namespace-owner" ? [] : ownerFields;
	return { ...Object.fromEntries(dropped.map((field) => [field, undefined])), ...givenFields(options) };
}

function givenFields({ email, role, namespaces, domains, quota, set }: Options): Entries[string] {
	return {
		...defined({ role, email }),
		...(namespaces.length > 0 ? { namespaces } : {}),
		...(domains.length > 0 ? { domains } : {}),
		...(quota.length > 0 ? { quota: pairs("--quota", quota, "pods=30") } : {}),
		...Object.fromEntries(
			Object.entries(pairs("--set", set, "pod_security=baseline")).map(([field, text]) => [
				field,
				json(text),
			]),
		),
	};
}

function pairs(option: string, texts: readonly string[], example: string): Readonly<Record<string, string>> {
	return Object.fromEntries(
		texts.map((text) => {
			const [field, value] = /^(\w+)=(.*)$/.exec(text)?.slice(1) ?? [];
			if (field === undefined || value === undefined)
				throw new UsageError(`${option} ${text}`, `expected a field and its value, such as ${example}`);
			return [field, value];
		}),
	);
}

function json(text: string): unknown {
	if (text === "") return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
