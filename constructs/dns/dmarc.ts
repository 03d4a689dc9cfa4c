import { inSeconds } from "../../config/schema/duration.ts";
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

/**
 * The record that tells receivers what to do with mail that fails DKIM and SPF for the domain (RFC 7489 section 6.3).
 */
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
		`ri=${inSeconds(dmarc.reportInterval)}`,
		...reports("rua", dmarc.aggregateReports),
		...reports("ruf", dmarc.failureReports),
	].join("; ");
}

/** Everything that is wrong with a DMARC record. */
export function* dmarcProblems(record: string): Iterable<string> {
	const list = parseTagList(record);
	yield* list.problems;
	yield* mustBegin(list.tags, "DMARC1");
	// Receivers ignore a record whose second tag is another (RFC 7489 section 6.4).
	if ([...list.tags.keys()][1] !== "p") yield "p, the policy, must follow the version";
	yield* unknownOrMalformed(list.tags, tags);
}

/**
 * Domains outside `domain` that receive its reports. Each must consent by a TXT record `v=DMARC1` at
 * `<domain>._report._dmarc.<other>`; otherwise receivers send none there (RFC 7489 section 7.1).
 */
export function foreignReportDomains(dmarc: MailDns["dmarc"], domain: string): string[] {
	const domains = [...dmarc.aggregateReports, ...dmarc.failureReports].map(
		(address) => address.split("@")[1] ?? "",
	);
	return [...new Set(domains)].filter((other) => other !== domain && !other.endsWith(`.${domain}`)).sort();
}
