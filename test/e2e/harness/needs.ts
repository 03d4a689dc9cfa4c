import { beforeEach, inject } from "vitest";

/** Whether only root may go on: the tests do not run as root. */
const unprivileged = process.getuid?.() !== 0;

/**
 * Makes every test of a file skip, with one line that says what to install, unless these commands are there.
 *
 * @param commands names as in the table of tools; `root` stands for the rights to make namespaces and to give files to
 * other users
 * @returns whether everything is there, for what runs before all tests
 */
export function needs(...commands: string[]): boolean {
	const missing = inject("missingPackages");
	const packages = [...new Set(commands.flatMap((command) => missing[command] ?? []))];
	const reason = reasonOf(packages, commands.includes("root") && unprivileged);
	beforeEach(({ skip }) => skip(reason !== undefined, reason));
	return reason === undefined;
}

function reasonOf(packages: readonly string[], needsRoot: boolean): string | undefined {
	const installed = packages.join(" ");
	// A run as root installs what it lacks.
	if (needsRoot)
		return packages.length > 0
			? `namespaces, files of other users, and not installed: running the tests as root enables it, with ${installed}`
			: "namespaces, files of other users: running the tests as root enables it";
	return packages.length > 0 ? `not installed: apt-get install ${installed} enables it` : undefined;
}

/** Skips a test that gives files to other users unless it may. */
export function givesFilesAway(skip: (condition: boolean, note: string) => void): void {
	skip(unprivileged, "files of other users: running the tests as root enables it");
}

/** Skips a test that takes a minute or more, unless such tests were asked for. */
export function slow(skip: (condition: boolean, note: string) => void): void {
	skip(!inject("slow"), "slow: set INFRA_SLOW=1 to run it");
}
