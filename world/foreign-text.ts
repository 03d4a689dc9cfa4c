/**
 * Makes text from outside safe for a reader: characters that control a terminal, are invisible or reverse text are
 * escaped (`\u{1b}`).
 *
 * @param keep characters that are not escaped, such as line ends of a text that is printed as lines
 */
export function foreignText(text: string, keep = ""): string {
	return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
		keep.includes(character) ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
	);
}
