import { identifierOf } from "./render-app.ts";
import { withSortedImports } from "./sorted-imports.ts";

/** Where the formatter breaks a line. */
const lineWidth = 110;

type Edit = (text: string, name: string) => string;

/** The modules that a stack is entered in, by path, each with how that is done. @throws Error when one looks otherwise */
export const entries: Readonly<Record<string, Edit>> = {
	"stacks/declaration.ts": (text, name) =>
		editList(text, "export const applyOrder = [", (items) => [...items, `"${name}"`]),
	"stacks/catalogue.ts": (text, name) => {
		const facts = `${identifierOf(name)}Facts`;
		const begin = "export const catalogue: readonly StackFacts[] = [";
		const listed = editList(text, begin, (items) => [...items, facts].sort());
		return withImport(`import { ${facts} } from "./${name}/facts.ts";`, listed);
	},
	"stacks/index.ts": (text, name) => {
		const stack = identifierOf(name);
		const begin = "export const stacks: readonly StackDeclaration[] = [";
		const listed = editList(text, begin, (items) => [...items, stack]);
		return withImport(`import { ${stack} } from "./${name}/index.ts";`, listed);
	},
	"config/schema/reserved-names.ts": (text, name) => {
		const end = text.indexOf("\n]);", required(text, "export const stackNames"));
		if (end === -1) throw new Error("the set stackNames does not end with ]);");
		return `${text.slice(0, end)}\n\t"${name}",${text.slice(end)}`;
	},
};

/** Edits the items of a list, which stand on one line as long as there is room. */
function editList(text: string, begin: string, edit: (items: string[]) => string[]): string {
	const start = required(text, begin);
	const end = text.indexOf("]", start + begin.length);
	const items = text
		.slice(start + begin.length, end)
		.split(",")
		.map((item) => item.trim())
		.filter(Boolean);
	const edited = edit(items);
	const [rest = ""] = text.slice(end).split("\n");
	const line = edited.join(", ");
	const fits = begin.length + line.length + rest.length <= lineWidth;
	const list = fits ? line : `\n${edited.map((item) => `\t${item},\n`).join("")}`;
	return text.slice(0, start) + begin + list + text.slice(end);
}

function required(text: string, part: string): number {
	const index = text.indexOf(part);
	if (index === -1) throw new Error(`has no line "${part}"`);
	return index;
}

function withImport(line: string, text: string): string {
	return withSortedImports(`${line}\n${text}`);
}
