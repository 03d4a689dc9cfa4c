import { delimiter } from "node:path";

/** Where Debian installs daemons. They are in no ordinary user's PATH, and most of them need no root. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * A PATH that finds daemons as well, after everything else.
 *
 * @param {string} path
 * @returns {string}
 */
export function withSystemFolders(path) {
	const folders = path.split(delimiter);
	return [...folders, ...systemFolders.filter((folder) => !folders.includes(folder))].join(delimiter);
}
