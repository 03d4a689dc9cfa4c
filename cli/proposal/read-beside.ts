import { readFileSync } from "node:fs";
import { z } from "../../config/schema/zod.ts";
import { UsageError } from "../../terminal/usage-error.ts";
import type { Beside } from "../../world/world.ts";
import { besideProgram } from "../affected/renderings.ts";

const texts = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Reads what somebody's code says that it renders beside Terraform, as data: texts that are compared and shown, and do
 * nothing else.
 *
 * @throws UsageError when it is none
 */
export function readBeside(file: string): Beside {
	const read = z.object({ beside: texts }).safeParse(parsed(readFileSync(file, "utf8")));
	if (read.success) return read.data.beside;
	throw new UsageError(`${besideProgram} prints something else than JSON of texts by part and name`);
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
