import { VisibleError } from "../../config/schema/visible-error.ts";
import type { AppStack } from "./app-stack.ts";
import { classOf } from "./render-app.ts";

type Edit = (text: string, stack: AppStack) => string;

/** The lists that a stack is entered in, by path, each with how that is done. @throws Error when one looks otherwise */
export const entries: Readonly<Record<string, Edit>> = {
	"stacks/catalogue.ts": (text, { name, purpose }) =>
		append(text, "export const catalogue: readonly StackEntry[] = [", [
			"\t{",
			`\t\tname: "${name}",`,
			`\t\tpurpose: "${purpose}",`,
			"\t\tstateTier: 1,",
			`\t\tload: async () => (await import("./${name}/${name}-stack.ts")).${classOf(name)},`,
			"\t},",
		]),
	"config/schema/reserved-names.ts": (text, { name }) =>
		append(text, "export const stackNames: ReadonlySet<string> = new Set([", [`\t"${name}",`]),
};

/** Puts lines before the end of a list, which begins with a line of its own and ends with one that begins with `]`. */
function append(text: string, begin: string, added: readonly string[]): string {
	const lines = text.split("\n");
	const start = lines.indexOf(begin);
	if (start === -1) throw new VisibleError(`has no line "${begin}"`);
	const end = lines.findIndex((line, index) => index > start && line.startsWith("]"));
	if (end === -1) throw new VisibleError(`does not end the list "${begin}"`);
	return lines.toSpliced(end, 0, ...added).join("\n");
}
