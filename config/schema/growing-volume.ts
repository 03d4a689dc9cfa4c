import { bytes } from "./primitives.ts";
import { z } from "./zod.ts";

/**
 * A volume that the autoresizer makes larger.
 *
 * @param name of the setting, for the message
 */
export const growingVolume = (name: string) =>
	z
		.strictObject({ size: bytes, growTo: bytes.describe("The autoresizer stops here") })
		.superRefine(({ size, growTo }, context) => {
			if (growTo < size)
				context.addIssue({ code: "custom", path: ["growTo"], message: `expected at least ${name}.size` });
		});
