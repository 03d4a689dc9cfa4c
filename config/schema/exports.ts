import { absolutePath } from "./primitives.ts";
import { word } from "./texts.ts";
import { z } from "./zod.ts";

const exportedPath = absolutePath
	.max(1024)
	.refine((path) => !/\/\.\.?(\/|$)/.test(path), "expected a path without . and ..");

/** Message for the two forbidden values: a server that takes them resolves every other path below them. */
const noPseudoRoot =
	"expected a number from 1: 0 or root makes the export the NFSv4 root, and mounts of its directories fail";

const nfsExport = z.strictObject({
	path: exportedPath.describe("Directory that is exported with all below it"),
	disk: exportedPath
		.optional()
		.describe("Where the disk of the directory is mounted; it is exported only while it is"),
	clients: z
		.array(word)
		.min(1, 'expected at least one subnet or host, or "any"')
		.describe(
			'Keys of `network.subnets` or `network.hosts` whose machines may mount; "any" alone: everybody',
		),
	access: z.enum(["rw", "ro"]).default("rw"),
	sync: z
		.enum(["sync", "async"])
		.default("sync")
		.describe("async answers before the data is on the disk: a power cut loses acknowledged writes"),
	squash: z
		.enum(["root_squash", "no_root_squash", "all_squash"])
		.default("root_squash")
		.describe("Who is mapped to the anonymous user; no_root_squash lets root of a client own every file"),
	secure: z.boolean().default(true).describe("Take requests from source ports below 1024 only"),
	subtreeCheck: z
		.boolean()
		.default(false)
		.describe("Check that each file handle lies below the path; breaks open files when they are renamed"),
	fsid: z
		.int(noPseudoRoot)
		.min(1, noPseudoRoot)
		.max(2 ** 31 - 1, "expected at most 2147483647: exportfs shows greater ones as negative")
		.optional()
		.describe("Number of the file system in file handles; without one it is taken from the device"),
});

/** One line of the NFS server's table (exports(5)), checked by itself. */
export type NfsExport = z.output<typeof nfsExport>;

/**
 * Options that a nested export must share with the outer one: a client of the outer one reaches both by file handles.
 */
const inherited = ["access", "sync", "squash", "secure", "subtreeCheck"] as const;

/** All exports of the NFS server: a path that is not listed is not exported. */
export const nfsExports = z
	.array(nfsExport)
	.min(1, "expected at least one export: an empty table takes every volume away")
	.superRefine((exports, context) => {
		for (const [index, entry] of exports.entries()) {
			const problem = (path: PropertyKey[], message: string) =>
				context.addIssue({ code: "custom", path: [index, ...path], message });
			if (entry.disk !== undefined && !isBelow(entry.path, entry.disk))
				problem(
					["disk"],
					`expected ${entry.path} or a directory above it: a disk elsewhere does not hold it`,
				);
			for (const [position, client] of entry.clients.entries()) {
				if (entry.clients.indexOf(client) < position)
					problem(["clients", position], `${client} is listed already`);
				if (client === "any" && entry.clients.length > 1)
					problem(["clients", position], "any admits everybody: list it alone, or leave it out");
			}
			for (const [otherIndex, other] of exports.entries()) {
				if (otherIndex === index) continue;
				const earlier = otherIndex < index;
				if (earlier && other.path === entry.path)
					problem(
						["path"],
						`${entry.path} is exported by entry ${otherIndex} already: list all clients there`,
					);
				if (earlier && other.fsid !== undefined && other.fsid === entry.fsid)
					problem(["fsid"], `${entry.fsid} already belongs to ${other.path}`);
				if (other.path !== entry.path && isBelow(entry.path, other.path))
					for (const option of inherited)
						if (entry[option] !== other[option])
							problem(
								[option],
								`expected ${other[option]} as on ${other.path}: it does not bind a client that mounts ${other.path}`,
							);
			}
		}
	});

/** Whether a path is a directory or lies below it. */
export function isBelow(path: string, directory: string): boolean {
	return path === directory || path.startsWith(`${directory}/`);
}

/** The export that a path is mounted through: the deepest one above it. */
export function exportOf<T extends { readonly path: string }>(
	exports: readonly T[],
	path: string,
): T | undefined {
	return exports
		.filter((entry) => isBelow(path, entry.path))
		.toSorted((one, other) => other.path.length - one.path.length)[0];
}
