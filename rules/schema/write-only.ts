import type { Body } from "../../providers/schema/argument.ts";
import type { Json } from "../../world/world.ts";
import type { Reports } from "./check-arguments.ts";

type Values = { readonly [name: string]: Json | undefined };

const revisionSuffixes = ["_revision", "_version"];

/**
 * Checks write-only arguments, which follow one convention in every provider in use: `data_wo` carries the value of
 * `data` and is not stored, and since it cannot be compared, a change of `data_wo_revision` (or `_version`) sends it
 * again.
 */
export function checkWriteOnly(values: Values, body: Body, at: string, { error, warning }: Reports): void {
	for (const name of body.writeOnly) {
		const plain = name.replace(/_wo$/, "");
		const twin = body.arguments.get(plain);
		const revision = revisionSuffixes
			.map((suffix) => name + suffix)
			.find((other) => body.arguments.has(other));
		const given = isGiven(values[name]);
		// Found by setting both in each type of the providers. Helm's `set` and `set_wo` are lists that add up.
		if (given && plain !== name && twin !== undefined && !("body" in twin) && isGiven(values[plain]))
			error(
				`${at}${name}`,
				`excludes ${plain}: one value cannot be both in the state and kept from it`,
				`Remove ${plain}.`,
			);
		if (revision === undefined || given === isGiven(values[revision])) continue;
		if (given)
			warning(
				`${at}${name}`,
				`without ${revision}, a later change of the value is never applied`,
				`Add ${revision}.`,
			);
		else error(`${at}${revision}`, `counts the changes of ${name}, which is missing`, `Add ${name}.`);
	}
}

function isGiven(value: Json | undefined): boolean {
	return value !== undefined && value !== null;
}
