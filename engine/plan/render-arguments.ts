import { styleText } from "node:util";
import type { ArgumentChange } from "../../review/plan/argument-changes.ts";
import { type ArgumentLine, argumentLines } from "../../review/report/argument-lines.ts";

const styles: Readonly<Partial<Record<ArgumentLine["kind"], Parameters<typeof styleText>[0]>>> = {
	added: "green",
	removed: "red",
	aside: "dim",
};

/** Lines about the arguments of an object, with the colours of a terminal. */
export function renderArguments(changes: readonly ArgumentChange[]): string[] {
	return argumentLines(changes).map(({ kind, text }) => {
		const style = styles[kind];
		return style === undefined ? text : styleText(style, text);
	});
}
