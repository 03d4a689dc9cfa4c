/** Something of a site as it is written. */
type Tree = { readonly [key: string]: unknown };

/**
 * Keys of a dotted path such as `mail.domains.second.example.catchAll`: a key that has dots itself is known by the site.
 */
export function keysOf(site: unknown, path: string): string[] {
	if (path === "") return [];
	const known = Object.keys((site ?? {}) as Tree).filter((key) => path === key || path.startsWith(`${key}.`));
	const [key = path.split(".")[0] ?? ""] = known.toSorted((one, other) => other.length - one.length);
	return [key, ...keysOf((site as Tree | undefined)?.[key], path.slice(key.length + 1))];
}

/** The value at a path; undefined when a part of it is missing. */
export function valueAt(site: unknown, keys: readonly string[]): unknown {
	return keys.reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], site);
}

/** A copy in which the value at a path is another one. */
export function withValue(site: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
	if (key === undefined) return value;
	const copy = (Array.isArray(site) ? [...site] : { ...(site as Tree) }) as Record<string, unknown>;
	copy[key] = withValue((site as Tree | undefined)?.[key] ?? {}, rest, value);
	return copy;
}
