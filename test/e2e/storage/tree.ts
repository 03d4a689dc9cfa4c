import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Everything that a faithful copy of a directory has in common with it: one line per entry, sorted. */
export function treeOf(root: string): string[] {
	return readdirSync(root, { recursive: true, encoding: "utf8" })
		.sort()
		.map((name) => {
			const path = join(root, name);
			const { mode, uid, gid, size, mtimeMs, nlink } = lstatSync(path);
			const kind = mode & 0o170000;
			const owner = `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
			if (kind === 0o120000) return `${name} -> ${readlinkSync(path)} ${uid}:${gid}`;
			if (kind === 0o040000) return `${name}/ ${owner}`;
			const digest = createHash("sha256").update(readFileSync(path)).digest("hex");
			return `${name} ${owner} ${size} ${Math.floor(mtimeMs / 1000)} ${nlink > 1 ? "linked" : "single"} ${digest}`;
		});
}
