/** Applies a JSON merge patch (RFC 7396): `null` removes a key, everything but objects replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
	if (!isObject(patch)) return patch;
	const result = { ...(isObject(target) ? target : {}) };
	for (const [key, value] of Object.entries(patch))
		if (value === null) delete result[key];
		else result[key] = mergePatch(result[key], value);
	return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
