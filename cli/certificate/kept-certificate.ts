import { createPrivateKey, X509Certificate } from "node:crypto";
import { type Duration, days, formatDuration, inDays } from "../../config/schema/duration.ts";

/** A certificate as Vault has it. */
export interface KeptCertificate {
	readonly names: readonly string[];
	readonly issuer: string;
	readonly serialNumber: string;
	readonly notBefore: Date;
	readonly notAfter: Date;
}

/** What an entry holds, and why that is not what hosts need. */
export interface Examination {
	/** Undefined when there is none that can be read. */
	readonly certificate: KeptCertificate | undefined;
	/** A sentence each, without a full stop; none when it is good. */
	readonly faults: readonly string[];
}

/**
 * Looks at a chain and its key: whether they belong together, have the names, and last.
 *
 * @param entry `fullchain` and `privkey`, both PEM
 */
export function examine(
	entry: Readonly<Record<string, unknown>> | undefined,
	names: readonly string[],
	renewBefore: Duration,
	now = new Date(),
): Examination {
	if (entry === undefined) return { certificate: undefined, faults: ["there is none"] };
	const { fullchain, privkey } = entry;
	const chain = typeof fullchain === "string" ? chainOf(fullchain) : [];
	const [leaf, ...rest] = chain;
	if (leaf === undefined)
		return { certificate: undefined, faults: ["fullchain of its entry is no certificate in PEM"] };
	const certificate: KeptCertificate = {
		names: namesOf(leaf),
		issuer: leaf.issuer.split("\n").join(", "),
		serialNumber: leaf.serialNumber,
		notBefore: leaf.validFromDate,
		notAfter: leaf.validToDate,
	};
	const lacking = names.filter((name) => !certificate.names.includes(name));
	const left = certificate.notAfter.getTime() - now.getTime();
	const faults = [
		...(typeof privkey === "string" && belongs(leaf, privkey)
			? []
			: ["privkey is not the key of its certificate"]),
		...(rest.every((issuer, index) => chain[index]?.checkIssued(issuer))
			? []
			: ["its chain is not in order"]),
		...(lacking.length > 0 ? [`it does not have ${lacking.join(", ")}`] : []),
		...(certificate.notBefore > now ? [`it begins only ${dateOf(certificate.notBefore)}`] : []),
		...(left <= 0 ? [`it ended ${dateOf(certificate.notAfter)}`] : []),
		...(left > 0 && left < renewBefore
			? [`it ends in ${Math.floor(inDays(left as Duration))} days, less than ${formatDuration(renewBefore)}`]
			: []),
	];
	return { certificate, faults };
}

/** Such as 2026-11-28. */
export const dateOf = (date: Date): string => date.toISOString().slice(0, 10);

/** Whole days from now to the end of a certificate; negative when it has ended. */
export const daysLeft = ({ notAfter }: KeptCertificate, now = new Date()): number =>
	Math.floor((notAfter.getTime() - now.getTime()) / days(1));

function chainOf(text: string): readonly X509Certificate[] {
	try {
		const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
		return blocks.map((block) => new X509Certificate(block));
	} catch {
		return [];
	}
}

function belongs(leaf: X509Certificate, key: string): boolean {
	try {
		return leaf.checkPrivateKey(createPrivateKey(key));
	} catch {
		return false;
	}
}

/** Names of hosts in the extension that clients look at (RFC 6125); a subject has none. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
	return subjectAltName.split(", ").flatMap((name) => (name.startsWith("DNS:") ? name.slice(4) : []));
}
