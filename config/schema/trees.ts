import { basename } from "node:path/posix";
import { isBelow } from "./exports.ts";
import type { Site } from "./site.ts";

/** A directory of the storage host that goes offsite as it is. */
export interface BackupTree {
	/** Directory at the other place. */
	readonly name: string;
	readonly path: string;
}

/** What the site exports is what is saved; an export inside another goes with it. */
export function backupTrees({ storage: { exports } }: Pick<Site, "storage">): readonly BackupTree[] {
	const paths = exports.map(({ path }) => path);
	return paths
		.filter((path) => !paths.some((other) => other !== path && isBelow(path, other)))
		.map((path) => ({ name: basename(path), path }));
}
