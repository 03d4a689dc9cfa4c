/** Dotted paths of everything that is set. */
function pathsOf(value: object, prefix = ""): string[] {
	return Object.entries(value).flatMap(([key, entry]) => {
		const path = prefix + key;
		return typeof entry === "object" && !Array.isArray(entry) ? pathsOf(entry, `${path}.`) : [path];
	});
}

/**
 * Paths that a chart would ignore: neither among its own, nor below one that is an open map.
 *
 * @param keys dotted paths of the chart's default values
 */
export function unknownKeys(keys: readonly string[], values: object): string[] {
	return pathsOf(values).filter((path) => !keys.some((key) => path === key || path.startsWith(`${key}.`)));
}
