import { createHash } from "node:crypto";
import { addressOfInstance } from "./object-address.ts";
import type { StateDocument } from "./state-document.ts";

/**
 * SHA-256 of what a state knows of its objects: addresses and values. Who stores a state may order it anew, and does not
 * change these.
 */
export function digestOfObjects({ resources }: Pick<StateDocument, "resources">): string {
	const objects = resources.flatMap((resource) =>
		resource.instances.map((instance) =>
			JSON.stringify([
				addressOfInstance(resource, instance),
				instance.deposed ?? "",
				instance.attributes ?? {},
			]),
		),
	);
	return createHash("sha256").update(objects.sort().join("\n")).digest("hex");
}
