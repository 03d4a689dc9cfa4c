import type { ComplexList, ComplexMap } from "cdktf";

declare const ephemeral: unique symbol;

/**
 * Expression of a text that exists during a run only: in neither plan nor state. Ephemeral resources make them, and
 * write-only arguments take nothing else, so that no literal secret can get into the output.
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
