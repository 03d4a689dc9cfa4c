import { textOf } from "../../constructs/dns/character-strings.ts";
import { dkimProblems } from "../../constructs/dns/dkim.ts";
import { dmarcProblems } from "../../constructs/dns/dmarc.ts";
import { mtaStsProblems } from "../../constructs/dns/mta-sts.ts";
import { spfProblems } from "../../constructs/dns/spf.ts";
import { tlsRptProblems } from "../../constructs/dns/tls-rpt.ts";
import { dnsRecords } from "../../world/dns-records.ts";
import { worldRule } from "../rule.ts";

/**
 * Policies with the name and prefix of their record; receivers ignore all of them when one name has several of a kind.
 */
const policies = [
	{ kind: "SPF", name: /^/, text: /^v=spf1\b/i, problems: spfProblems },
	{ kind: "DKIM", name: /\._domainkey\./, text: /^/, problems: dkimProblems },
	{ kind: "DMARC", name: /^_dmarc\./, text: /^v=DMARC1\b/i, problems: dmarcProblems },
	{ kind: "MTA-STS", name: /^_mta-sts\./, text: /^v=STSv1\b/i, problems: mtaStsProblems },
	{ kind: "TLS-RPT", name: /^_smtp\._tls\./, text: /^v=TLSRPTv1\b/i, problems: tlsRptProblems },
] as const;

export const mailPolicyWellFormed = worldRule({
	id: "mail-policy-well-formed",
	severity: "error",
	reason: "A receiver that cannot read a policy record goes on as if it were not there, and nobody is told.",
	remedy: "Correct the record: RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC), 8461 (MTA-STS), 8460 (TLS-RPT).",
	*check(world) {
		const known = new Set<string>();
		for (const { resource, type, name, content } of dnsRecords(world)) {
			const text = type === "TXT" ? textOf(content) : undefined;
			if (text === undefined) continue;
			for (const policy of policies) {
				if (!policy.name.test(name) || !policy.text.test(text)) continue;
				const messages = [...policy.problems(text)];
				if (known.has(`${policy.kind} ${name}`)) messages.push("there are two of them");
				known.add(`${policy.kind} ${name}`);
				for (const message of messages)
					yield { subject: resource, argument: "content", message: `${policy.kind} of ${name}: ${message}` };
			}
		}
	},
});
