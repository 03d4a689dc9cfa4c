import { run } from "../clients/host/run.ts";

/**
 * The revision of a checkout, with `-dirty` where files differ from it; undefined when the folder is none of git's.
 *
 * @param folder root of the checkout
 */
export async function revisionOf(folder: string): Promise<string | undefined> {
	try {
		// Without tags: a name that somebody gives to a revision says less than the revision.
		const args = ["describe", "--always", "--exclude=*", "--abbrev=40", "--dirty"];
		const { code, stdout } = await run("git", args, { cwd: folder });
		return code === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}
