/** Tags of a record by name, in the order in which they are written, and what is wrong with the list itself. */
export interface TagList {
	readonly tags: ReadonlyMap<string, string>;
	readonly problems: readonly string[];
}

/** Reads a list of `tag=value` parted by semicolons (RFC 6376 section 3.2); DMARC, MTA-STS and TLS-RPT use it too. */
export function parseTagList(text: string): TagList {
	const tags = new Map<string, string>();
	const problems: string[] = [];
	const parts = text.split(";");
	if (parts.at(-1)?.trim() === "") parts.pop();
	for (const part of parts) {
		const [, name, value = ""] = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^\s].*?)?\s*$/.exec(part) ?? [];
		if (name === undefined) problems.push(`expected tag=value, found "${part.trim()}"`);
		else if (tags.has(name)) problems.push(`${name} is given twice`);
		else tags.set(name, value);
	}
	return { tags, problems };
}

/** Problems of the tags that a record may have: an expression that each value must match, by tag. */
export function* unknownOrMalformed(
	tags: TagList["tags"],
	known: Readonly<Record<string, RegExp>>,
): Iterable<string> {
	for (const [name, value] of tags) {
		const form = known[name];
		if (form === undefined) yield `unknown tag ${name}; expected ${Object.keys(known).join(", ")}`;
		else if (!form.test(value)) yield `${name}=${value} is malformed`;
	}
}

/** A problem when the list does not begin with its version. */
export function* mustBegin(tags: TagList["tags"], version: string): Iterable<string> {
	const [first] = tags;
	if (first?.join("=") !== `v=${version}`) yield `must begin with v=${version}`;
}
