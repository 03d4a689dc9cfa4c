import { z } from "./zod.ts";

/**
 * An address of a domain of the server: letters, digits, dashes and underscores, with single dots between them. Postfix
 * takes none that begins with a dash, and other servers none with more than 64 characters before the `@` (RFC 5321).
 */
export const ownAddress = z
	.string()
	.regex(
		/^(?=[^@]{1,64}@)[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_-]+)*@[a-z0-9-]+(\.[a-z0-9-]+)+$/,
		"expected an address in lower case such as me@example.org",
	);

/** What others may have before the `@` without quotes (RFC 5322, section 3.2.3). */
const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const domainLabel = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

/** An address of anybody, which others have chosen, but for one in quotes or of a domain in brackets. */
export const anyAddress = z
	.string()
	.regex(
		new RegExp(`^(?!-)(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${domainLabel}\\.)+(?!\\d+$)${domainLabel}$`),
		"expected a mail address such as John+lists@example.org",
	);
