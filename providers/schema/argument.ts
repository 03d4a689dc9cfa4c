import { type Arguments, argumentsOf, type Nested, type ProviderSchema } from "./provider-schema.ts";
import { parseType, type TypeConstraint } from "./type-constraint.ts";

type Nesting = "single" | "group" | "list" | "set" | "map";

/** Traits of an argument, parsed from its line in a compact schema. */
interface Traits {
	/** Written as a block; otherwise as an attribute. */
	readonly block: boolean;
	readonly required: boolean;
	/** False for what only the provider may set. */
	readonly settable: boolean;
	/** Whether it accepts ephemeral values and is in neither plan nor state. */
	readonly writeOnly: boolean;
	readonly deprecated: boolean;
	/** Minimum and maximum number of blocks. */
	readonly least: number;
	readonly most: number;
	/** Type or nesting, as written. */
	readonly shape: string;
}

/** An argument that holds one value. */
interface Leaf extends Traits {
	readonly type: TypeConstraint;
}

/** A block, or an attribute with arguments of its own. */
export interface Branch extends Traits {
	readonly nesting: Nesting;
	readonly body: Body;
}

export type Argument = Leaf | Branch;

/** Arguments and blocks of a block. */
export interface Body {
	readonly arguments: ReadonlyMap<string, Argument>;
	/** Names of those that must be there. */
	readonly required: readonly string[];
	/** Names of those that take ephemeral values. */
	readonly writeOnly: readonly string[];
}

/** Cache by text: a few dozen texts describe the tens of thousands of attributes of a provider. */
const leaves = new Map<string, Leaf>();
const bodies = new WeakMap<Arguments, Body>();
const branches = new WeakMap<Nested, Branch>();

/** The body of a block, parsed once: workloads share their pods, and most types are used many times. */
export function bodyOf(nested: Nested, schema: ProviderSchema): Body {
	const names = argumentsOf(nested, schema);
	let body = bodies.get(names);
	if (body === undefined) {
		body = decode(names, schema);
		bodies.set(names, body);
	}
	return body;
}

function decode(names: Arguments, schema: ProviderSchema): Body {
	const all = new Map<string, Argument>();
	const required: string[] = [];
	const writeOnly: string[] = [];
	for (const [name, entry] of Object.entries(names)) {
		const argument = typeof entry === "string" ? leaf(entry) : branch(entry, schema);
		all.set(name, argument);
		if (argument.required || argument.least > 0) required.push(name);
		if (argument.writeOnly) writeOnly.push(name);
	}
	return { arguments: all, required, writeOnly };
}

function leaf(text: string): Leaf {
	let found = leaves.get(text);
	if (found === undefined) {
		const traits = traitsOf(text);
		found = { ...traits, type: parseType(traits.shape) };
		leaves.set(text, found);
	}
	return found;
}

export function branch(nested: Nested, schema: ProviderSchema): Branch {
	let found = branches.get(nested);
	if (found === undefined) {
		found = decodeBranch(nested, schema);
		branches.set(nested, found);
	}
	return found;
}

function decodeBranch(nested: Nested, schema: ProviderSchema): Branch {
	const traits = traitsOf(nested.is);
	let body: Body | undefined;
	return {
		...traits,
		nesting: traits.shape as Nesting,
		// Parsed at the first use: most of a pod is never used.
		get body() {
			body ??= bodyOf(nested, schema);
			return body;
		},
	};
}

const flags = ["block", "required", "optional", "computed", "write-only", "deprecated"];

function traitsOf(text: string): Traits {
	const words = text.split(" ");
	const limits = words.find((word) => word.includes(".."))?.split("..") ?? [];
	return {
		block: words.includes("block"),
		required: words.includes("required"),
		settable: !words.includes("computed") || words.includes("optional"),
		writeOnly: words.includes("write-only"),
		deprecated: words.includes("deprecated"),
		least: Number(limits[0] || 0),
		most: Number(limits[1] || Number.POSITIVE_INFINITY),
		shape: words.find((word) => !flags.includes(word) && !word.includes("..")) ?? "",
	};
}
