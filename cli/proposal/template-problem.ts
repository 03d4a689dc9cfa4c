/**
 * Functions that expressions of a document may call: they see their arguments and the time, and nothing else. Everything that reads
 * files, takes a mark of sensitivity away, evaluates a text or repeats one is left out, as is what nobody needs.
 */
export const pureFunctions: ReadonlySet<string> = new Set([
	"concat",
	"join",
	"jsondecode",
	"jsonencode",
	"length",
	"lower",
	"replace",
	"setsubtract",
	"split",
	"timestamp",
	"toset",
	"tostring",
	"trimspace",
	"upper",
	"urlencode",
]);

const token =
	/ +|(?<name>[A-Za-z_][\w-]*)|(?<number>\d+(?:\.\d+)?)|(?<string>"(?:[^"\\$%\p{Cc}]|[$%](?!\{)|\\["\\nt])*")|(?<mark>==|!=|&&|\|\||[.,()[\]?:!<>])|(?<end>\})/uy;

type Kind = "name" | "number" | "string" | "mark";
interface Token {
	readonly kind: Kind;
	readonly text: string;
}

/**
 * Judges a string of a document as Terraform would evaluate it (HCL, JSON syntax: every string of an expression, and
 * every name of an object in one, is a template). An expression may refer to other blocks and call pure functions;
 * it has no directive, no loop, no template of its own, and no comment.
 *
 * @param roots what an expression may begin with, such as types of resources
 * @returns what is wrong; undefined when nothing is
 */
export function templateProblem(text: string, roots: ReadonlySet<string>): string | undefined {
	for (let at = nextSequence(text, 0); at !== -1; ) {
		const mark = text[at] ?? "";
		const before = /(?<run>[$%]*)$/.exec(text.slice(0, at))?.groups?.run ?? "";
		const doubled = before.length - before.replace(new RegExp(`\\${mark}+$`), "").length;
		if (doubled > 1) return `${mark.repeat(doubled + 1)}{ can be read in two ways`;
		if (doubled === 1) {
			at = nextSequence(text, at + 2);
			continue;
		}
		if (mark === "%") return "has a directive, %{";
		const { tokens, end } = tokensOf(text, at + 2);
		if (end === undefined) return `has an expression that is not plain: ${text.slice(at, at + 60)}`;
		const problem = expressionProblem(tokens, roots);
		if (problem !== undefined) return problem;
		at = nextSequence(text, end);
	}
	return undefined;
}

function nextSequence(text: string, from: number): number {
	const found = text.slice(from).search(/[$%]\{/);
	return found === -1 ? -1 : from + found;
}

/** Tokens up to the brace that ends the expression, and the index behind it; no end where one is not allowed. */
function tokensOf(
	text: string,
	from: number,
): { readonly tokens: readonly Token[]; readonly end: number | undefined } {
	const tokens: Token[] = [];
	for (token.lastIndex = from; ; ) {
		const groups = token.exec(text)?.groups;
		if (groups === undefined) return { tokens, end: undefined };
		if (groups.end !== undefined) return { tokens, end: token.lastIndex };
		for (const kind of ["name", "number", "string", "mark"] as const)
			if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind] });
	}
}

const constants = new Set(["true", "false", "null"]);

function expressionProblem(tokens: readonly Token[], roots: ReadonlySet<string>): string | undefined {
	for (const [index, { kind, text }] of tokens.entries()) {
		const next = tokens[index + 1]?.text;
		if (kind === "mark" && text === ":" && next === ":") return "calls a function of a provider";
		if (kind !== "name") continue;
		if (next === "(") {
			if (!pureFunctions.has(text)) return `calls ${text}(), which is none of ${list(pureFunctions)}`;
		} else if (tokens[index - 1]?.text !== "." && !constants.has(text) && !(next === "." && roots.has(text)))
			return `refers to ${text}, which is no block of a kind in use`;
	}
	return undefined;
}

function list(names: ReadonlySet<string>): string {
	return [...names].join(", ");
}
