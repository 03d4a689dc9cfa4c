import { styleText } from "node:util";
import { foreignText } from "../../terminal/foreign-text.ts";
import type { AlreadyThere } from "../live/import-blocks.ts";

/** What a plan would create although it is there, each with the import block that takes it over. */
export function renderAdoption(stack: string, found: readonly AlreadyThere[]): string {
	const count = `${found.length} would be created but ${found.length === 1 ? "is" : "are"} already there`;
	return [
		`${styleText("bold", stack)}  ${found.length === 0 ? "nothing that would be created is already there" : count}`,
		...found.flatMap(({ address, what, id, reason }) => [
			styleText("dim", `# ${foreignText(what)}`),
			...(id === undefined
				? [styleText("dim", `# no import block for ${foreignText(address)}: ${foreignText(reason ?? "")}`)]
				: ["import {", `  to = ${foreignText(address)}`, `  id = ${quoted(foreignText(id))}`, "}"]),
		]),
	].join("\n");
}

/** A text of HCL, in which a template would begin with `${` or `%{`. */
const quoted = (text: string) => JSON.stringify(text).replace(/[$%](?=\{)/g, "$&$&");
