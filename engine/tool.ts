/** A program outside the repository that some part of the project needs. */
export interface Tool {
	/** Names under which the program may be installed; the first one found on the PATH counts. */
	readonly commands: readonly [string, ...string[]];
	/** Arguments that make it print its version. The first dotted number of the output is taken. */
	readonly args: readonly string[];
	/** It prints no version, so any is accepted. */
	readonly unversioned?: true;
	/** Lowest version that is known to work; without one, any version does. */
	readonly needed?: string;
	/** What it is needed for. */
	readonly enables: string;
	/** Debian package with it; none when Debian has no package, or one that is too old. */
	readonly debianPackage?: string;
	/** Whether everything needs it; `doctor` then exits with 1 when it is missing. */
	readonly base?: true;
}

/** `>=1.11.0` -> `1.11.0` */
export const lowest = (range: string) => range.replace(/^>=\s*/, "");
