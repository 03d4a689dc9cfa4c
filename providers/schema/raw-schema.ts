import type { RawType } from "./type-constraint.ts";

/** One provider of `terraform providers schema -json`, as far as it is read here. */
export interface RawProvider {
	readonly provider: { readonly block: RawBlock };
	readonly resource_schemas?: RawTypes;
	readonly data_source_schemas?: RawTypes;
	readonly ephemeral_resource_schemas?: RawTypes;
}

type RawTypes = Readonly<Record<string, { readonly block: RawBlock }>>;

export interface RawBlock {
	readonly attributes?: Readonly<Record<string, RawAttribute>>;
	readonly block_types?: Readonly<Record<string, RawNestedBlock>>;
	readonly deprecated?: boolean;
}

export interface RawNestedBlock {
	readonly nesting_mode: string;
	readonly min_items?: number;
	readonly max_items?: number;
	readonly block: RawBlock;
}

export interface RawAttribute {
	/** Exactly one of `type` and `nested_type` is there. */
	readonly type?: RawType;
	readonly nested_type?: {
		readonly nesting_mode: string;
		readonly attributes: Readonly<Record<string, RawAttribute>>;
	};
	readonly required?: boolean;
	readonly optional?: boolean;
	readonly computed?: boolean;
	readonly write_only?: boolean;
	readonly deprecated?: boolean;
}
