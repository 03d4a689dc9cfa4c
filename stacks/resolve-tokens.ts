import { DefaultTokenResolver, StringConcat, type TerraformStack, Token, Tokenization } from "cdktf";

const resolver = new DefaultTokenResolver(new StringConcat());
/** Part of every text that holds a token: of texts, lists and maps, and of a number inside a text. */
const marks = ["TfToken[", "e+"] as const;

/**
 * Replaces the tokens in what a construct writes, as the engine does. Nearly all of it holds none and is only copied,
 * which the engine does at ten times the price: it makes a context for every value and tries four patterns on each text.
 */
export function resolveTokens(scope: TerraformStack, value: unknown): unknown {
	const byEngine = (unresolved: unknown) =>
		Tokenization.resolve(unresolved, { scope, resolver, preparing: false });
	const resolve = (part: unknown): unknown => {
		if (typeof part === "string") return holdsToken(part) ? byEngine(part) : part;
		if (typeof part === "number") return Token.isUnresolved(part) ? byEngine(part) : part;
		if (typeof part !== "object" || part === null) return typeof part === "function" ? byEngine(part) : part;
		if (Array.isArray(part))
			return part.some(isListToken)
				? byEngine(part)
				: part.map(resolve).filter((entry) => entry !== undefined);
		const prototype = Object.getPrototypeOf(part);
		// Tokens, constructs that were put here by mistake, and whatever else only the engine knows.
		if (prototype !== Object.prototype && prototype !== null) return byEngine(part);
		if ("resolve" in part && typeof part.resolve === "function") return byEngine(part);
		const result: Record<string, unknown> = {};
		for (const key of Object.keys(part)) {
			if (holdsToken(key)) return byEngine(part);
			const resolved = resolve((part as Record<string, unknown>)[key]);
			if (resolved !== undefined) result[key] = resolved;
		}
		return result;
	};
	return resolve(value);
}

function holdsToken(text: string): boolean {
	return marks.some((mark) => text.includes(mark));
}

/** A list that is not known yet has one element, which stands for all of it. */
function isListToken(element: unknown): boolean {
	return typeof element === "string" ? element.startsWith("#{TfToken[") : isNumberToken(element);
}

function isNumberToken(element: unknown): boolean {
	return typeof element === "number" && (Token.isUnresolved(element) || Token.isUnresolved([element]));
}
