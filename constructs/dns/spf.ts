import { isIPv4, isIPv6 } from "node:net";
import type { MailDns } from "../../config/schema/mail-dns.ts";

/** Terms that make the receiver look up a name; it stops after ten (RFC 7208 section 4.6.4). */
const lookups = new Set(["include", "a", "mx", "ptr", "exists", "redirect"]);
const mostLookups = 10;

const modifiers = new Set(["redirect", "exp"]);

const macro = String.raw`%\{[slodiphcrtvSLODIPHCRTV]\d*r?[.+,/_=-]*\}|%%|%_|%-`;
const domain = String.raw`(?:[!-$&-.0-~]|${macro})+(?:\.[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]|${macro})\.?`;
const prefix = String.raw`(?:/\d{1,2})?(?://\d{1,3})?`;

/** What may follow each name, colon or equals sign included (RFC 7208 section 12). */
const forms: Readonly<Record<string, RegExp>> = {
	all: /^$/,
	include: new RegExp(`^:${domain}$`),
	a: new RegExp(`^(?::${domain})?${prefix}$`),
	mx: new RegExp(`^(?::${domain})?${prefix}$`),
	ptr: new RegExp(`^(?::${domain})?$`),
	ip4: /^:[^/]+(?:\/(?:\d|[12]\d|3[0-2]))?$/,
	ip6: /^:[^/]+(?:\/(?:\d|[1-9]\d|1[01]\d|12[0-8]))?$/,
	exists: new RegExp(`^:${domain}$`),
	redirect: new RegExp(`^=${domain}$`),
	exp: new RegExp(`^=${domain}$`),
};

/** The record that says who may send mail for a domain (RFC 7208). */
export function renderSpf({ include, others }: MailDns["spf"]): string {
	const all = others === "fail" ? "-all" : "~all";
	return ["v=spf1", ...include.map((name) => `include:${name}`), all].join(" ");
}

/** Everything that is wrong with an SPF record, including terms without effect. */
export function* spfProblems(record: string): Iterable<string> {
	const [version, ...terms] = record.split(/ +/).filter((term, index) => index === 0 || term !== "");
	if (version !== "v=spf1") yield "must begin with v=spf1 and a space";
	const names: string[] = [];
	for (const term of terms) {
		const {
			qualifier = "",
			name = "",
			rest = "",
		} = /^(?<qualifier>[+?~-]?)(?<name>[A-Za-z][A-Za-z0-9_.-]*)(?<rest>.*)$/.exec(term)?.groups ?? {};
		const known = name.toLowerCase();
		const form = forms[known];
		// Unknown modifiers are valid: a receiver skips them.
		if (form === undefined && rest.startsWith("=") && qualifier === "") continue;
		if (form === undefined || !form.test(rest) || !addressFits(known, rest))
			yield `"${term}" is no mechanism or modifier of RFC 7208`;
		if (names.includes(known) && (known === "all" || modifiers.has(known))) yield `${known} is given twice`;
		if (known === "all" && qualifier !== "-" && qualifier !== "~")
			yield `"${term}" lets the whole world send in the domain's name`;
		if (known === "ptr") yield `"${term}" is slow and unreliable (RFC 7208 section 5.5)`;
		if (names.includes("all") && !modifiers.has(known)) yield `"${term}" is never reached: it follows all`;
		names.push(known);
	}
	if (names.includes("all") && names.includes("redirect")) yield "redirect is ignored beside all";
	if (!names.includes("all") && !names.includes("redirect")) yield "must end with -all or ~all";
	const cost = names.filter((name) => lookups.has(name)).length;
	if (cost > mostLookups) yield `needs ${cost} look-ups; a receiver gives up after ${mostLookups}`;
}

function addressFits(mechanism: string, rest: string): boolean {
	const address = rest.slice(1).replace(/\/.*$/, "");
	return mechanism === "ip4" ? isIPv4(address) : mechanism === "ip6" ? isIPv6(address) : true;
}
