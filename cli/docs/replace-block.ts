import { VisibleError } from "../../config/schema/visible-error.ts";
/**
 * Puts new content between the markers of a generated block, which stay:
 * `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`, each on a line of its own.
 *
 * @throws when the text does not hold exactly one such pair
 */
export function replaceBlock(text: string, name: string, content: string): string {
	const [open, close] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
	const [before, rest, ...moreOpen] = text.split(open);
	const [, after, ...moreClose] = rest?.split(close) ?? [];
	if (after === undefined || moreOpen.length > 0 || moreClose.length > 0)
		throw new VisibleError(`generated block ${name}: expected one ${open} with one ${close} after it`);
	return `${before}${open}\n\n${content.trim()}\n\n${close}${after}`;
}
