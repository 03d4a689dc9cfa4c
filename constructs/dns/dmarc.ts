import type { MailDns } from "../../config/schema/mail-dns.ts";
import { mustBegin, parseTagList, unknownOrMalformed } from "./tag-list.ts";

const uri = String.raw`[a-z][a-z0-9+.-]*:[^,!;\s]+(?:!\d+[kmgt]?)?`;
const uris = new RegExp(`^${uri}(?:\\s*,\\s*${uri})*$`, "i");
const policy = /^(?:none|quarantine|reject)$/;
const alignment = /^[rs]$/;
const tags = {
	v: /^/,
	p: policy,
	sp: policy,
	pct: /^(?:\d|[1-9]\d|100)$/,
	adkim: alignment,
	aspf: alignment,
	fo: /^[01ds](?:\s*:\s*[01ds])*$/,
	rf: /^afrf$/,
	ri: /^\d{1,10}$/,
	rua: uris,
	ruf: uris,
};

/** The record that says what becomes of mail in the domain's name which is not the domain's (RFC 7489 section 6.3). */
export function renderDmarc(dmarc: MailDns["dmarc"]): string {
	const reports = (name: string, addresses: readonly string[]) =>
		addresses.length > 0 ? [`${name}=${addresses.map((address) => `mailto:${address}`).join(",")}`] : [];
	return [
		"v=DMARC1",
		`p=${dmarc.policy}`,
		`sp=${dmarc.subdomainPolicy}`,
		`pct=${dmarc.percent}`,
		`adkim=${dmarc.alignment.dkim.charAt(0)}`,
		`aspf=${dmarc.alignment.spf.charAt(0)}`,
		`fo=${dmarc.failureOptions.join(":")}`,
		`ri=${dmarc.reportInterval / 1000}`,
		...reports("rua", dmarc.aggregateReports),
		...reports("ruf", dmarc.failureReports),
	].join("; ");
}

/** Everything that is wrong with a DMARC record. */
export function* dmarcProblems(record: string): Iterable<string> {
	const list = parseTagList(record);
	yield* list.problems;
	yield* mustBegin(list.tags, "DMARC1");
	// Anywhere else, a receiver takes the record for none (RFC 7489 section 6.4).
	if ([...list.tags.keys()][1] !== "p") yield "p, the policy, must follow the version";
	yield* unknownOrMalformed(list.tags, tags);
}

/**
 * Domains outside `domain` that its reports go to. Each must say that it wants them, by a TXT record `v=DMARC1` at
 * `<domain>._report._dmarc.<other>`, or receivers send none there (RFC 7489 section 7.1).
 */
export function foreignReportDomains(dmarc: MailDns["dmarc"], domain: string): string[] {
	const domains = [...dmarc.aggregateReports, ...dmarc.failureReports].map(
		(address) => address.split("@")[1] ?? "",
	);
	return [...new Set(domains)].filter((other) => other !== domain && !other.endsWith(`.${domain}`)).sort();
}
