import { beforeEach, inject } from "vitest";

/**
 * Makes every test of a file skip, with one line that says what to install, unless these commands are there.
 *
 * @param commands names as in the table of tools; `root` stands for the right to make network namespaces
 * @returns whether everything is there, for what runs before all tests
 */
export function needs(...commands: string[]): boolean {
	const missing = inject("missingPackages");
	const packages = [...new Set(commands.flatMap((command) => missing[command] ?? []))];
	const unprivileged = commands.includes("root") && process.getuid?.() !== 0;
	beforeEach(({ skip }) => {
		if (packages.length > 0) skip(`not installed: apt-get install ${packages.join(" ")} enables it`);
		if (unprivileged) skip("network namespaces: running the tests as root enables it");
	});
	return packages.length === 0 && !unprivileged;
}

/** Skips a test that takes a minute or more, unless such tests were asked for. */
export function slow(skip: (condition: boolean, note: string) => void): void {
	skip(!inject("slow"), "slow: set INFRA_SLOW=1 to run it");
}
