import { VisibleError } from "../../config/schema/visible-error.ts";
import type { Arguments, Nested, ProviderSchema, TypeName } from "./provider-schema.ts";
import type { RawAttribute, RawBlock, RawNestedBlock, RawProvider } from "./raw-schema.ts";
import { printType } from "./type-constraint.ts";

/** Shortest arguments (characters of JSON) that are replaced by a reference. */
const worthSharing = 300;

const rawKeys = {
	resource: "resource_schemas",
	data: "data_source_schemas",
	ephemeral: "ephemeral_resource_schemas",
} as const;

/** The part of a provider's schema that is in use. @throws when the provider lacks one of the types */
export function compact(
	raw: RawProvider,
	{ source, version }: { readonly source: string; readonly version: string },
	types: readonly TypeName[],
): ProviderSchema {
	const share = sharing();
	const missing: string[] = [];
	const pick = (mode: TypeName["mode"]) => {
		const names = types.filter((type) => type.mode === mode).map(({ type }) => type);
		return Object.fromEntries(
			[...new Set(names)].sort().flatMap((type) => {
				const block = raw[rawKeys[mode]]?.[type]?.block;
				if (block === undefined) missing.push(`${mode} ${type}`);
				return block === undefined ? [] : [[type, share(topLevel(block), `${mode}.${type}`)]];
			}),
		);
	};
	const schema = {
		source,
		version,
		provider: nestedBlock({ nesting_mode: "single", block: raw.provider.block }),
		resource: pick("resource"),
		data: pick("data"),
		ephemeral: pick("ephemeral"),
	};
	if (missing.length > 0) throw new VisibleError(`${source} ${version} has no ${missing.join(", no ")}`);
	return schema;
}

/**
 * The block of a whole type. The older plugin SDK adds a text argument `id` to every type as if it could be set, and
 * refuses it when it is.
 */
function topLevel(block: RawBlock): Nested {
	const { id, ...attributes } = block.attributes ?? {};
	const ours = id?.type === "string" && id.computed === true && id.required !== true;
	return nestedBlock({
		nesting_mode: "single",
		block: {
			...block,
			attributes:
				id === undefined ? attributes : { ...attributes, id: ours ? { ...id, optional: false } : id },
		},
	});
}

function nestedBlock({ nesting_mode, min_items, max_items, block }: RawNestedBlock): Nested {
	const limits = min_items || max_items ? `${min_items ?? 0}..${max_items ?? ""}` : undefined;
	return {
		is: words("block", nesting_mode, limits, block.deprecated && "deprecated"),
		arguments: sorted([
			...Object.entries(block.attributes ?? {}).map(([name, raw]) => [name, attribute(raw)] as const),
			...Object.entries(block.block_types ?? {}).map(([name, raw]) => [name, nestedBlock(raw)] as const),
		]),
	};
}

function attribute(raw: RawAttribute): string | Nested {
	const is = words(
		raw.required && "required",
		raw.optional && "optional",
		raw.computed && "computed",
		raw.type === undefined ? raw.nested_type?.nesting_mode : printType(raw.type),
		raw.write_only && "write-only",
		raw.deprecated && "deprecated",
	);
	if (raw.nested_type === undefined) return is;
	const names = Object.entries(raw.nested_type.attributes);
	return { is, arguments: sorted(names.map(([name, nested]) => [name, attribute(nested)] as const)) };
}

function words(...all: readonly (string | false | undefined)[]): string {
	return all.filter(Boolean).join(" ");
}

function sorted(names: readonly (readonly [string, string | Nested])[]): Arguments {
	return Object.fromEntries([...names].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Replaces repeated arguments by a reference to their first place. */
function sharing(): (nested: Nested, place: string) => Nested {
	const places = new Map<string, string>();
	return function share({ is, arguments: names }, place): Nested {
		if (typeof names === "string") return { is, arguments: names };
		const text = JSON.stringify(names);
		const first = text.length < worthSharing ? undefined : places.get(text);
		if (first !== undefined) return { is, arguments: first };
		places.set(text, place);
		const inside = Object.entries(names).map(
			([name, entry]) =>
				[name, typeof entry === "string" ? entry : share(entry, `${place}.${name}`)] as const,
		);
		return { is, arguments: Object.fromEntries(inside) };
	};
}
