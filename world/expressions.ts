/** The part of a string between `${` and its closing brace. */
export interface Expression {
	/** Index of the `$`. */
	readonly start: number;
	/** Index behind the closing brace. */
	readonly end: number;
	readonly source: string;
}

/**
 * The interpolations of a template string; `$${` is an escaped literal. Braces inside quotes do not count.
 * Source: HCL native syntax specification, template expressions.
 */
export function expressionsIn(text: string): readonly Expression[] {
	const expressions: Expression[] = [];
	for (let start = text.indexOf("${"); start !== -1; start = text.indexOf("${", start)) {
		if (text[start - 1] === "$") {
			start += 2;
			continue;
		}
		const end = endOf(text, start + 2);
		expressions.push({ start, end, source: text.slice(start + 2, end - 1) });
		start = end;
	}
	return expressions;
}

/** Index behind the brace that closes the one before `start`; the end of the text when it is never closed. */
function endOf(text: string, start: number): number {
	let depth = 1;
	for (let index = start; index < text.length; index += 1) {
		const character = text[index];
		if (character === '"') index = closingQuote(text, index + 1);
		else if (character === "{") depth += 1;
		else if (character === "}") {
			depth -= 1;
			if (depth === 0) return index + 1;
		}
	}
	return text.length;
}

function closingQuote(text: string, start: number): number {
	let index = start;
	while (index < text.length && text[index] !== '"') index += text[index] === "\\" ? 2 : 1;
	return index;
}
