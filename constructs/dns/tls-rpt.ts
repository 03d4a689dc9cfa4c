import { mustBegin, parseTagList, unknownOrMalformed } from "./tag-list.ts";

const uri = String.raw`(?:mailto:[^,!;\s]+@[^,!;\s]+|https:\/\/[^,!;\s]+)`;

/** The record that names receivers of reports on failed TLS deliveries (RFC 8460 section 3). */
export function renderTlsRpt(addresses: readonly string[]): string {
	return `v=TLSRPTv1; rua=${addresses.map((address) => `mailto:${address}`).join(",")}`;
}

/** Everything that is wrong with such a record. */
export function* tlsRptProblems(record: string): Iterable<string> {
	const list = parseTagList(record);
	yield* list.problems;
	yield* mustBegin(list.tags, "TLSRPTv1");
	yield* unknownOrMalformed(list.tags, { v: /^/, rua: new RegExp(`^${uri}(?:\\s*,\\s*${uri})*$`) });
	if (!list.tags.has("rua")) yield "rua is missing";
}
