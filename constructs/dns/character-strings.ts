import { VisibleError } from "../../config/schema/visible-error.ts";
/**
 * Text of a TXT record as its character strings: each at most 255 bytes, quoted, separated by a space (RFC 1035
 * sections 3.3 and 5.1). The API keeps records in this form; anything else would show as a change at every plan.
 *
 * @param text printable ASCII @throws Error when it is not, or empty
 */
export function characterStrings(text: string): string {
	if (!/^[\x20-\x7e]+$/.test(text))
		throw new VisibleError(`a TXT record holds printable ASCII, found ${JSON.stringify(text)}`);
	return (text.match(/.{1,255}/g) ?? []).map((part) => `"${part.replace(/["\\]/g, "\\$&")}"`).join(" ");
}

/** The text of a TXT record, its character strings joined without a space; undefined when it is not written so. */
export function textOf(content: string): string | undefined {
	if (!/^"(?:[^"\\]|\\.)*"(?: "(?:[^"\\]|\\.)*")*$/.test(content)) return undefined;
	const parts = content.match(/"(?:[^"\\]|\\.)*"/g) ?? [];
	const texts = parts.map((part) => part.slice(1, -1).replace(/\\(.)/g, "$1"));
	return texts.every((part) => Buffer.byteLength(part) <= 255) ? texts.join("") : undefined;
}
