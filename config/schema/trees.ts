import { basename } from "node:path/posix";
import { isBelow } from "./exports.ts";
import type { Site } from "./site.ts";

/** A directory of the storage host that is copied offsite. */
export interface BackupTree {
	/** Directory offsite. */
	readonly name: string;
	readonly path: string;
}

/** Every export of the site is copied; a nested export goes with the outer one. */
export function backupTrees({ storage: { exports } }: Pick<Site, "storage">): readonly BackupTree[] {
	const paths = exports.map(({ path }) => path);
	return paths
		.filter((path) => !paths.some((other) => other !== path && isBelow(path, other)))
		.map((path) => ({ name: basename(path), path }));
}
