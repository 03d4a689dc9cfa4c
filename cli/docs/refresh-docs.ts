import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { projectRoot } from "../../config/project-root.ts";
import { VisibleError } from "../../config/schema/visible-error.ts";
import { type Generated, generated } from "./generated.ts";
import { replaceBlock } from "./replace-block.ts";

export interface RefreshDocsOptions {
	/** Write the files that are out of date. */
	readonly write: boolean;
	/** @default the repository */
	readonly root?: string;
	/** @default everything that is generated */
	readonly parts?: readonly Generated[];
}

/**
 * Renders every generated part of the documentation.
 *
 * @returns the files whose content differs from what it should be
 * @throws when a file lacks the markers of its block
 */
export async function refreshDocs({
	write,
	root = projectRoot,
	parts = generated,
}: RefreshDocsOptions): Promise<string[]> {
	const stale: string[] = [];
	for (const [file, blocks] of Map.groupBy(parts, (part) => part.file)) {
		const path = join(root, file);
		const current = await readFile(path, "utf8").catch(() => "");
		let wanted = current;
		for (const { block, render } of blocks) {
			const content = await render();
			wanted = block === undefined ? `${content.trim()}\n` : replaceIn(file, wanted, block, content);
		}
		if (wanted === current) continue;
		stale.push(file);
		if (!write) continue;
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, wanted);
	}
	return stale;
}

function replaceIn(file: string, text: string, block: string, content: string): string {
	try {
		return replaceBlock(text, block, content);
	} catch (error) {
		throw new VisibleError(`${file}: ${(error as Error).message}`);
	}
}
