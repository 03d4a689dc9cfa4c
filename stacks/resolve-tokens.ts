import { DefaultTokenResolver, StringConcat, type TerraformStack, Token, Tokenization } from "cdktf";

const resolver = new DefaultTokenResolver(new StringConcat());
/** Marks that every text with a token contains: tokens of texts, lists and maps, and of numbers inside a text. */
const marks = ["TfToken[", "e+"] as const;

/**
 * Resolves tokens, with the same result as the engine. Values without tokens, which are nearly all, are only copied:
 * the engine makes a context for every value and tries four patterns on each text, which takes ten times as long.
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
		// Tokens, constructs that were passed by mistake, and other objects that only the engine can resolve.
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

/** A list token is a list with one element. */
function isListToken(element: unknown): boolean {
	return typeof element === "string" ? element.startsWith("#{TfToken[") : isNumberToken(element);
}

function isNumberToken(element: unknown): boolean {
	return typeof element === "number" && (Token.isUnresolved(element) || Token.isUnresolved([element]));
}
