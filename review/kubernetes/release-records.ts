import { block, plain } from "../../world/blocks.ts";
import type { Json } from "../../world/world.ts";

/**
 * Arguments of `kubectl` for the Secrets in which Helm keeps the revisions of a release; undefined when its name is not
 * known yet.
 *
 * @param release arguments of a `helm_release`
 * @param status of the revisions, such as `pending-install`. @default any
 */
export function recordsOfRelease(release: Json | undefined, status?: string): string[] | undefined {
	const { name, namespace } = block(release);
	const called = plain(name);
	if (called === undefined) return undefined;
	return [
		"secrets",
		`--namespace=${plain(namespace) ?? "default"}`,
		`--selector=owner=helm,name=${called}${status === undefined ? "" : `,status=${status}`}`,
	];
}
