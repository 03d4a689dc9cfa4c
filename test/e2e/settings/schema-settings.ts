import { siteJsonSchema } from "../../../config/parse-site.ts";

/** A part of a JSON schema. */
interface Part {
	readonly $ref?: string;
	readonly anyOf?: readonly Part[];
	readonly oneOf?: readonly Part[];
	readonly properties?: Readonly<Record<string, Part>>;
	readonly additionalProperties?: Part | boolean;
	readonly items?: Part;
}

/**
 * Every setting of the site's schema, such as `network.hosts.*.address`: `*` is a name that the site chooses, or a place
 * in a list. A list of plain values is one setting, and so is what differs between variants of one kind.
 */
export function schemaSettings(): readonly string[] {
	const root = siteJsonSchema() as Part;
	return [...new Set(settingsOf(root, "", root))];
}

function settingsOf(part: Part, path: string, root: Part): string[] {
	const { $ref, anyOf, oneOf, properties, additionalProperties, items } = part;
	if ($ref !== undefined) return settingsOf(referred($ref, root), path, root);
	const variants = anyOf ?? oneOf;
	if (variants !== undefined) return variants.flatMap((one) => settingsOf(one, path, root));
	const below = (name: string) => (path === "" ? name : `${path}.${name}`);
	if (properties !== undefined)
		return Object.entries(properties).flatMap(([name, one]) => settingsOf(one, below(name), root));
	if (typeof additionalProperties === "object" && Object.keys(additionalProperties).length > 0)
		return settingsOf(additionalProperties, below("*"), root);
	if (items !== undefined) {
		const found = settingsOf(items, below("*"), root);
		if (found.some((one) => one !== below("*"))) return found;
	}
	return [path];
}

function referred(reference: string, root: Part): Part {
	const [, ...keys] = reference.split("/");
	return keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], root) as Part;
}

/** The setting of the schema that a place in a site is one of; undefined when there is none. */
export function settingAt(settings: readonly string[], keys: readonly string[]): string | undefined {
	return settings.find((setting) => {
		const parts = setting.split(".");
		return parts.length === keys.length && parts.every((part, index) => part === "*" || part === keys[index]);
	});
}
