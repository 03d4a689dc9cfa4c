import { literal } from "../../world/literal.ts";
import type { EphemeralValue } from "./ephemeral-vault-secret.ts";

/** A JSON document, some of whose strings are ephemeral. */
export type EphemeralDocument =
	| string
	| number
	| boolean
	| readonly EphemeralDocument[]
	| { readonly [key: string]: EphemeralDocument };

const expression = /^\$\{(.*)\}$/s;

/** A configuration file with ephemeral values, as JSON (which is YAML too); the result is ephemeral. */
export function ephemeralJson(document: EphemeralDocument): EphemeralValue {
	return render(document) as EphemeralValue;
}

/** An expression of Terraform, which quotes the values: they are not known here. */
function render(value: EphemeralDocument): string {
	if (Array.isArray(value)) return `[${value.map(render).join(",")}]`;
	if (typeof value === "object")
		return `{${Object.entries(value)
			.map(([key, entry]) => `${render(key)}:${render(entry)}`)
			.join(",")}}`;
	const inner = typeof value === "string" ? expression.exec(value)?.[1] : undefined;
	return inner === undefined ? literal(JSON.stringify(value)) : `\${jsonencode(${inner})}`;
}
