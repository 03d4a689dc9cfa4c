import { VisibleError } from "../../config/schema/visible-error.ts";
/**
 * Type of a value, in the notation of Terraform's type constraints: `string`, `list(number)`,
 * `object({path=string})`. `any` is what providers call a dynamic type.
 */
export type TypeConstraint =
	| { readonly kind: "string" | "number" | "bool" | "any" }
	| { readonly kind: "list" | "set" | "map"; readonly element: TypeConstraint }
	| { readonly kind: "object"; readonly attributes: Readonly<Record<string, TypeConstraint>> };

/** A type as `terraform providers schema -json` writes it: `["map", "string"]`. */
export type RawType =
	| string
	| readonly ["list" | "set" | "map", RawType]
	| readonly ["object", RawAttributes];
type RawAttributes = { readonly [name: string]: RawType };

export function printType(raw: RawType): string {
	if (typeof raw === "string") return raw === "dynamic" ? "any" : raw;
	if (raw[0] !== "object") return `${raw[0]}(${printType(raw[1])})`;
	const attributes = Object.entries(raw[1]).map(([name, type]) => `${name}=${printType(type)}`);
	return `object({${attributes.sort().join(",")}})`;
}

/** @throws when the text is not a type constraint as `printType` writes it */
export function parseType(text: string): TypeConstraint {
	const [type, rest] = readType(text);
	if (rest !== "") throw new VisibleError(`not a type constraint: ${text}`);
	return type;
}

/** Reads one type from the front of a text; returns what follows it. */
function readType(text: string): readonly [TypeConstraint, string] {
	const kind = /^[a-z]+/.exec(text)?.[0];
	const rest = text.slice(kind?.length);
	switch (kind) {
		case "string":
		case "number":
		case "bool":
		case "any":
			return [{ kind }, rest];
		case "list":
		case "set":
		case "map": {
			const [element, end] = readType(skip("(", rest));
			return [{ kind, element }, skip(")", end)];
		}
		case "object": {
			const attributes: Record<string, TypeConstraint> = {};
			let end = skip("({", rest);
			for (let name = /^,?(\w+)=/.exec(end); name !== null; name = /^,(\w+)=/.exec(end)) {
				const [type, next] = readType(end.slice(name[0].length));
				attributes[name[1] as string] = type;
				end = next;
			}
			return [{ kind, attributes }, skip("})", end)];
		}
		default:
			throw new VisibleError(`not a type constraint: ${text}`);
	}
}

function skip(token: string, text: string): string {
	if (!text.startsWith(token))
		throw new VisibleError(`not a type constraint: expected ${token} before "${text}"`);
	return text.slice(token.length);
}
