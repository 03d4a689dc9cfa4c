import {
	AnyMap,
	BooleanMap,
	ComplexList,
	ComplexMap,
	ComplexObject,
	Fn,
	type IInterpolatingParent,
	NumberMap,
	StringMap,
	type TerraformResource,
} from "cdktf";
import type { Argument, Body, Branch } from "../schema/argument.ts";
import type { TypeConstraint } from "../schema/type-constraint.ts";
import { isBranch, isSettable, isSingle, slotsOf } from "./slots.ts";

/** Common base of the engine's resources and references to blocks. */
type Referable = IInterpolatingParent &
	Pick<
		TerraformResource,
		| "getStringAttribute"
		| "getNumberAttribute"
		| "getBooleanAttribute"
		| "getListAttribute"
		| "getNumberListAttribute"
		| "getStringMapAttribute"
		| "getNumberMapAttribute"
		| "getBooleanMapAttribute"
		| "getAnyMapAttribute"
	>;

/**
 * Adds a getter per argument, which returns a reference to it: `secret.metadata.name`. Write-only arguments get none,
 * since they cannot be read.
 */
export function addReferences(prototype: object, body: Body, place: "top" | "nested"): void {
	for (const { name, property, argument } of slotsOf(body, place).values()) {
		if (argument.writeOnly) continue;
		Object.defineProperty(prototype, property, {
			configurable: true,
			enumerable: true,
			get(this: Referable) {
				return reference(this, name, argument);
			},
		});
	}
}

function reference(parent: Referable, name: string, argument: Argument): unknown {
	if (!isBranch(argument)) return valueReference(parent, name, argument.type, isSettable(argument));
	const { nesting } = argument;
	const Block = classOfBlock(argument);
	if (isSingle(argument))
		return nesting === "list" || nesting === "set"
			? new Block(parent, name, nesting === "set", 0)
			: new Block(parent, name, false);
	if (nesting === "map") return new BlockMap(parent, name, Block);
	return new BlockList(parent, name, nesting === "set", Block);
}

function valueReference(parent: Referable, name: string, type: TypeConstraint, settable: boolean): unknown {
	switch (type.kind) {
		case "string":
			return parent.getStringAttribute(name);
		case "number":
			return parent.getNumberAttribute(name);
		case "bool":
			return parent.getBooleanAttribute(name);
		case "list":
			return listReference(parent, name, type.element) ?? parent.interpolationForAttribute(name);
		case "set": {
			const list = listReference(parent, name, type.element);
			return list === undefined ? parent.interpolationForAttribute(name) : Fn.tolist(list);
		}
		case "map":
			return mapReference(parent, name, type.element, settable) ?? parent.interpolationForAttribute(name);
		default:
			return parent.interpolationForAttribute(name);
	}
}

function listReference(
	parent: Referable,
	name: string,
	{ kind }: TypeConstraint,
): string[] | number[] | undefined {
	if (kind === "string") return parent.getListAttribute(name);
	return kind === "number" ? parent.getNumberListAttribute(name) : undefined;
}

/**
 * As in the prebuilt packages: a reference to a settable map can be passed on, one to a computed map can be indexed.
 */
function mapReference(parent: Referable, name: string, { kind }: TypeConstraint, settable: boolean): unknown {
	switch (kind) {
		case "string":
			return settable ? parent.getStringMapAttribute(name) : new StringMap(parent, name);
		case "number":
			return settable ? parent.getNumberMapAttribute(name) : new NumberMap(parent, name);
		case "bool":
			return settable ? parent.getBooleanMapAttribute(name) : new BooleanMap(parent, name);
		case "any":
			return settable ? parent.getAnyMapAttribute(name) : new AnyMap(parent, name);
		default:
			return undefined;
	}
}

type BlockClass = new (
	parent: IInterpolatingParent,
	name: string,
	fromSet: boolean,
	index?: number | string,
) => ComplexObject;

const classes = new WeakMap<Body, BlockClass>();

/** Class of references to a block. Made at the first use: most blocks are never read. */
function classOfBlock({ body }: Branch): BlockClass {
	let found = classes.get(body);
	if (found === undefined) {
		found = class Block extends ComplexObject {} as BlockClass;
		addReferences(found.prototype, body, "nested");
		classes.set(body, found);
	}
	return found;
}

class BlockList extends ComplexList {
	readonly #Block: BlockClass;

	constructor(parent: IInterpolatingParent, name: string, isSet: boolean, Block: BlockClass) {
		super(parent, name, isSet);
		this.#Block = Block;
	}

	get(index: number): ComplexObject {
		return new this.#Block(this.terraformResource, this.terraformAttribute, this.wrapsSet, index);
	}
}

class BlockMap extends ComplexMap {
	readonly #Block: BlockClass;

	constructor(parent: IInterpolatingParent, name: string, Block: BlockClass) {
		super(parent, name);
		this.#Block = Block;
	}

	get(key: string): ComplexObject {
		return new this.#Block(this.terraformResource, this.terraformAttribute, false, JSON.stringify(key));
	}
}
