/**
 * Text that somebody else wrote, as a terminal may show it: whatever would steer the terminal, hide characters or turn
 * their order is spelled out (`\u{1b}`).
 *
 * @param keep characters that stay as they are, such as the ends of lines of a text that is printed as lines
 */
export function foreignText(text: string, keep = ""): string {
	return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
		keep.includes(character) ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
	);
}
