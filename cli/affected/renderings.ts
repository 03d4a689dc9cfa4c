import type { Beside, Json } from "../../world/world.ts";

/** The program of a tree that prints what it renders beside Terraform. */
export const besideProgram = "cli/affected/print-beside.ts";

/** A synthesised stack as it lies in a folder. */
export interface RenderedStack {
	/** Content of `cdk.tf.json`. */
	readonly document: { readonly [key: string]: Json | undefined };
	/** Its part of the dependency lock file. */
	readonly lock: string;
	/** Digests of files and folders of the checkout that the document names, such as charts, by path. */
	readonly files: Readonly<Record<string, string>>;
}

/** Everything that one revision renders for one site. */
export interface Renderings {
	/** By name. */
	readonly stacks: Readonly<Record<string, RenderedStack>>;
	/** The site, validated by its own code; undefined for a revision that cannot tell it. */
	readonly site: Json | undefined;
	/** Undefined for a revision that cannot tell it. */
	readonly beside: Beside | undefined;
}
