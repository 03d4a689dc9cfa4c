import { createHash } from "node:crypto";
import { inSeconds } from "../../config/schema/duration.ts";
import type { MailDns } from "../../config/schema/mail-dns.ts";
import { mustBegin, parseTagList, unknownOrMalformed } from "./tag-list.ts";

type Policy = NonNullable<MailDns["mtaSts"]>;

/** The policy that senders fetch from `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461 section 3.2). */
export function renderMtaStsPolicy({ mode, maxAge }: Policy, exchange: string): string {
	return `version: STSv1\nmode: ${mode}\nmx: ${exchange}\nmax_age: ${inSeconds(maxAge)}\n`;
}

/** The record that announces a policy; its id is a digest of it, so that a changed policy is always fetched anew. */
export function renderMtaSts(policy: string): string {
	return `v=STSv1; id=${createHash("sha256").update(policy).digest("hex").slice(0, 32)}`;
}

/** Everything that is wrong with the record of a policy (RFC 8461 section 3.1). */
export function* mtaStsProblems(record: string): Iterable<string> {
	const list = parseTagList(record);
	yield* list.problems;
	yield* mustBegin(list.tags, "STSv1");
	yield* unknownOrMalformed(list.tags, { v: /^/, id: /^[A-Za-z0-9]{1,32}$/ });
	if (!list.tags.has("id")) yield "id is missing";
}
