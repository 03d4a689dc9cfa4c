import { literal } from "../../world/literal.ts";
import type { EphemeralValue } from "./ephemeral-vault-secret.ts";

/** JSON, some of whose strings exist during a run only. */
export type EphemeralDocument =
	| string
	| number
	| boolean
	| readonly EphemeralDocument[]
	| { readonly [key: string]: EphemeralDocument };

const expression = /^\$\{(.*)\}$/s;

/** A configuration file around ephemeral values, as JSON (which is YAML too); it is ephemeral as a whole. */
export function ephemeralJson(document: EphemeralDocument): EphemeralValue {
	return render(document) as EphemeralValue;
}

/** Terraform quotes the values itself: what is in them is known to it alone. */
function render(value: EphemeralDocument): string {
	if (Array.isArray(value)) return `[${value.map(render).join(",")}]`;
	if (typeof value === "object")
		return `{${Object.entries(value)
			.map(([key, entry]) => `${render(key)}:${render(entry)}`)
			.join(",")}}`;
	const inner = typeof value === "string" ? expression.exec(value)?.[1] : undefined;
	return inner === undefined ? literal(JSON.stringify(value)) : `\${jsonencode(${inner})}`;
}
