import { createHash } from "node:crypto";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { siteOfState } from "../state-file.ts";

/** What tells states of one stack apart. */
export interface StateHead {
	/** Counts the versions of a state. */
	readonly serial: number;
	/** Made at random with the first version. */
	readonly lineage: string;
	/** SHA-256 of the text, in hexadecimal digits. */
	readonly digest: string;
	/** Site that it belongs to; undefined while it is empty. */
	readonly site: string | undefined;
}

/** @throws VisibleError for a text that is no state of format 4 */
export function headOfState(text: string): StateHead {
	const { version, serial, lineage } = parse(text);
	if (version !== 4 || !Number.isSafeInteger(serial) || typeof lineage !== "string" || lineage === "")
		throw new VisibleError("this is no state of Terraform or OpenTofu (format 4)");
	return { serial: serial as number, lineage, digest: digestOfState(text), site: siteOfState(text) };
}

export function digestOfState(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

function parse(text: string): Readonly<Record<string, unknown>> {
	try {
		return JSON.parse(text) ?? {};
	} catch {
		return {};
	}
}
