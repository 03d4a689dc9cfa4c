import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { refreshDocs } from "../../../cli/docs/refresh-docs.ts";
import { replaceBlock } from "../../../cli/docs/replace-block.ts";

const page = "# Ports\n\n<!-- generated:ports -->\nold\n<!-- /generated:ports -->\n\nby hand\n";

test("only what is between the markers changes", () => {
	expect(replaceBlock(page, "ports", "| new |\n")).toBe(
		"# Ports\n\n<!-- generated:ports -->\n\n| new |\n\n<!-- /generated:ports -->\n\nby hand\n",
	);
});

test("a second rendering changes nothing", () => {
	const once = replaceBlock(page, "ports", "new");
	expect(replaceBlock(once, "ports", "new")).toBe(once);
});

test.for([
	["no marker", "by hand"],
	["no closing marker", "<!-- generated:ports -->"],
	["the closing marker first", "<!-- /generated:ports --> <!-- generated:ports -->"],
	["the block twice", page + page],
])("a page with %s is refused", ([, text]) => {
	expect(() => replaceBlock(text as string, "ports", "new")).toThrow("generated block ports: expected one");
});

function folderWith(files: Record<string, string>): string {
	const root = mkdtempSync(join(tmpdir(), "infra-docs-"));
	onTestFinished(() => rmSync(root, { recursive: true }));
	for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
	return root;
}
const parts = [
	{ file: "whole.md", render: () => "# Whole\n" },
	{ file: "page.md", block: "ports", render: async () => "new" },
];

test("a check names the stale files and writes nothing", async () => {
	const root = folderWith({ "page.md": page, "whole.md": "# Whole\n" });
	expect(await refreshDocs({ write: false, root, parts })).toEqual(["page.md"]);
	expect(readFileSync(join(root, "page.md"), "utf8")).toBe(page);
});

test("after a refresh nothing is stale", async () => {
	const root = folderWith({ "page.md": page });
	expect(await refreshDocs({ write: true, root, parts })).toEqual(["whole.md", "page.md"]);
	expect(await refreshDocs({ write: false, root, parts })).toEqual([]);
});

test("a page that lost its markers is named", async () => {
	const root = folderWith({ "page.md": "by hand" });
	await expect(refreshDocs({ write: true, root, parts })).rejects.toThrow("page.md: generated block ports");
});
