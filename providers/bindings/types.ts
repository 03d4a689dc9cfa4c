import type { ComplexList, ComplexMap } from "cdktf";

declare const ephemeral: unique symbol;

/**
 * Expression of an ephemeral text, which exists during a run only and is in neither plan nor state. Ephemeral resources
 * return it, and write-only arguments accept nothing else, so that no literal secret can get into the output.
 */
export type EphemeralString = string & { readonly [ephemeral]: true };

/** Reference to a map of such texts. */
export interface EphemeralMap {
	lookup(key: string): EphemeralString;
}

/** Reference to a list or set of blocks. */
export interface BlockList<Block> extends ComplexList {
	get(index: number): Block;
}

/** Reference to a map of blocks. */
export interface BlockMap<Block> extends ComplexMap {
	get(key: string): Block;
}
