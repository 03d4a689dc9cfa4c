import type { Problem } from "./problem.ts";
import { z } from "./zod.ts";

/** A name that another system gives, in an address, a path, a label or a setting: nothing that anybody would quote. */
export const word = z
	.string()
	.max(253)
	.regex(
		/^(?!.*\.\.)[\w./~*][\w.:/=~*+@-]*$/,
		"expected a name of letters, digits and . _ - : / = ~ * + @ without a blank or two dots",
	);

/** An entry below the KV mount of Vault: plain names between single slashes. */
export const entryPath = z
	.string()
	.max(253)
	.regex(
		/^(?!.*\.\.)[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?:\/[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)*$/,
		"expected the path of an entry, such as platform or ci/global",
	);

/** One line for people to read. */
export const line = z
	.string()
	.max(300)
	.regex(/^\P{C}+$/u, "expected one line of text");

/** A URL that a client of HTTP takes. */
export const httpAddress = z.url({
	protocol: /^https?$/,
	error: "expected a URL such as https://host.example.org",
});

/** Certificates or keys in PEM (RFC 7468). */
export const pem = z
	.string()
	.regex(
		/^-----BEGIN [A-Z ]+-----\n[\w+/=\n -]+-----END [A-Z ]+-----\n?$/,
		"expected PEM: -----BEGIN … -----END …",
	);

/** Longest text of a site that is no PEM. */
const longest = 1000;

/** What no text of a site may be, wherever it goes. */
function* unfit(text: string): Iterable<string> {
	if (/[$%]\{/.test(text)) yield "${ and %{ begin a template of Terraform, which would fill it in";
	// Invisible characters turn around or hide what a reader sees.
	if (/[^\P{C}\n]/u.test(text)) yield "has a character that nobody sees";
	if (everywhere.has(text)) yield "is no name that anything can have";
	if (text.startsWith("-----BEGIN ")) return;
	if (text.includes("\n")) yield "is more than one line";
	if (text.length > longest) yield `is longer than ${longest} characters`;
}

/** Deeper than any site or registry: what lies below is refused as an unknown key. */
const deepest = 20;

/** Names that every object of JavaScript has: a lookup would find them in every table. */
const everywhere = new Set(Object.getOwnPropertyNames(Object.prototype));

/** Texts and keys of a site, as it is written, that would mean something else to a program they go into. */
export function* textProblems(input: unknown, at: readonly string[] = []): Iterable<Problem> {
	if (typeof input === "string") {
		for (const message of unfit(input)) yield { path: at.join("."), message };
	} else if (typeof input === "object" && input !== null && at.length < deepest)
		for (const [key, value] of Object.entries(input)) {
			if (everywhere.has(key))
				yield { path: [...at, key].join("."), message: "is no name that anything can have" };
			yield* textProblems(value, [...at, key]);
		}
}
