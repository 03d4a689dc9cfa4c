import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { mailPathRows } from "./mail-path-rows.ts";
import { markdownTable } from "./markdown-table.ts";

/** A test that says in its title which rows it shows: `P3, P4: refuses ...`. */
export interface PathClaim {
	readonly row: string;
	/** Path below `test/`. */
	readonly file: string;
	readonly title: string;
}

/** What the tests claim, in the order of their files. Cases of one test file may lie in others, beside it. */
export function pathClaims(): PathClaim[] {
	const tests = join(projectRoot, "test");
	return globSync("**/*.{test,cases}.ts", { cwd: tests })
		.sort()
		.flatMap((file) =>
			[
				...readFileSync(join(tests, file), "utf8").matchAll(/"((?:P\d+, )*P\d+)(?:, control)?: ([^"\n]+)"/g),
			].flatMap(([, rows = "", title = ""]) => rows.split(", ").map((row) => ({ row, file, title }))),
		);
}

/** Every row with the tests that claim it; those on the root of the image first. */
export function mailPathTable(claims: readonly PathClaim[] = pathClaims()): string {
	const shown = (id: string) => {
		const own = claims.filter(({ row }) => row === id);
		const onImage = own.filter(({ file }) => file.startsWith("e2e/image/"));
		const ordered = [...onImage, ...own.filter((claim) => !onImage.includes(claim))];
		return ordered.map(({ file, title }) => `\`${file}\`: ${title}`).join("<br>") || "**no test**";
	};
	return markdownTable(
		["", "When", "Then", "Shown by"],
		Object.entries(mailPathRows).map(([id, [action, result]]) => [id, action, result, shown(id)]),
	);
}
